import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { createFolder, start, tributaryJson } from './tributary.ts'

const data = process.env.TRIBUTARY_DATA ?? fileURLToPath(new URL('../../../shared/data', import.meta.url))
const splits = join(data, 'amazon5/splits')
const folder = createFolder()
const json = <T>(...args: string[]) => tributaryJson<T>(args, folder)

describe.skipIf(!existsSync(splits))(
  'the main job on five Amazon domains (skipped where $TRIBUTARY_DATA lacks them)',
  () => {
    test('import and describe', async () => {
      await json('import', 'tsv', join(splits, 'mixed.tsv.gz'), '--out', 'amazon5')
      expect(await json('describe', 'amazon5')).toMatchObject({
        interactions: 31_820,
        users: 2_601,
        items: 6_978,
        parts: { valid: 2_601, test: 2_601 },
        domains: [
          { name: 'Books', items: 2_315 },
          { name: 'Clothing_Shoes_and_Jewelry', items: 1_502 },
          { name: 'Sports_and_Outdoors', items: 1_051 },
          { name: 'Toys_and_Games', items: 1_244 },
          { name: 'Video_Games', items: 866 },
        ],
      })
    })

    test('train and evaluate on the given candidates: item-knn as other implementations measured it', async () => {
      const trained = await json(
        'train',
        'item-knn',
        'amazon5',
        '--out',
        'knn',
        '--set',
        'recency=1',
        '--set',
        'repeats=false',
      )
      expect(trained).toMatchObject({ split: 'column' })
      const candidates = join(splits, 'neg100_indomain_mixed_test.tsv.gz')
      const { overall } = await json<{ overall: Record<string, number> }>(
        ...['evaluate', 'knn', '--candidates', candidates, '--ties', 'random'],
      )
      expect(overall.cases).toBe(2_601)
      // One draw of the ties moves these by about .005.
      expect(Math.abs(overall['hr@10'] - 0.238)).toBeLessThan(0.01)
      expect(Math.abs(overall['ndcg@10'] - 0.171)).toBeLessThan(0.01)
    })

    test('a sequence model trains, recommends and serves', async () => {
      await json('train', 'sasrec', 'amazon5', '--out', 'sasrec', '--set', 'epochs=2')
      const question = ['--user', '0', '--domain', 'Video_Games', '-k', '5']
      const { items } = await json<{ items: { item: string }[] }>('recommend', 'sasrec', ...question)
      const server = start(['serve', 'sasrec', '--port', '0', '--json'], { cwd: folder })
      const url = (await server.seen(/"url":"([^"]+)"/))[1]
      const response = await fetch(`${url}/v1/recommendations`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ user: '0', domain: 'Video_Games', k: 5 }),
      })
      expect(((await response.json()) as { items: unknown[] }).items).toMatchObject(items)
      server.process.kill('SIGTERM')
      expect((await server.ended).code).toBe(0)
    })
  },
)
