import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type AskedComparison, Comparer } from './comparer.ts'
import { Comparisons, readComparison } from './comparisons.ts'
import { Folders } from './folders.ts'
import type { RunSummary } from './summary.ts'

const RESULTS = {
  dataset: 'shop',
  splitNotes: [],
  measure: 'ranking',
  protocol: {},
  described: 'Each answer is ranked.',
  metric: 'ndcg@10',
  cases: {},
  allUsers: 9,
  models: { twin: { seeds: [1, 2] }, all: { seeds: [1] } },
  against: 'twin',
}

describe('comparisons that were written', () => {
  let home: string
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'tributary-comparisons-'))
  })
  afterAll(() => rm(home, { recursive: true }))

  it('are found with what they compare, and read as they are; other files of that name are passed by', async () => {
    const put = async (id: string, text: string) => {
      await mkdir(join(home, id), { recursive: true })
      await writeFile(join(home, id, 'results.json'), text)
    }
    // Names that look like numbers would be the first in an object that was read and written again.
    const text = `{"z": 1, "1": 2, ${JSON.stringify(RESULTS).slice(1)}`
    await put('a/b', text)
    await put('foreign', '{"results": []}')
    await put('cut', text.slice(0, 50))
    const [folders, comparisons] = [new Folders([home]), new Comparisons()]
    const found = await comparisons.in(await folders.look())
    const { changed, ...one } = found[0]
    expect(found).toHaveLength(1)
    expect(changed).toBeGreaterThan(0)
    expect(one).toEqual({
      id: 'a/b',
      path: join(home, 'a/b/results.json'),
      dataset: 'shop',
      measure: 'ranking',
      metric: 'ndcg@10',
      described: 'Each answer is ranked.',
      models: [
        { name: 'twin', seeds: [1, 2] },
        { name: 'all', seeds: [1] },
      ],
      against: 'twin',
      allUsers: 9,
    })
    expect(await readComparison(found[0])).toBe(text)
    await put('a/b', text.replace('"shop"', '"market"'))
    expect((await comparisons.in(await folders.look()))[0].dataset).toBe('market')
    await put('a/b', '{}')
    await expect(readComparison(found[0])).rejects.toMatchObject({ code: 'file-damaged' })
    expect(await comparisons.in(await folders.look())).toEqual([])
  })
})

describe('comparisons that are asked for', () => {
  const run = (id: string, more: Partial<RunSummary> = {}): RunSummary => ({
    ...{ id, path: id, status: 'done', changed: 1, weights: `weights of ${id}`, group: 'g', seed: 1 },
    ...more,
  })
  /** Stands for `tributary`: says what it was given, or fails as it does. */
  const told = `
    const words = process.argv.slice(1)
    if (words.includes('bad')) { console.error('a note\\nerror: bad is not a run'); process.exit(1) }
    if (words.includes('slow')) setInterval(() => {}, 1000)
    else console.log(JSON.stringify(words))`
  const comparer = () => new Comparer({ command: [process.execPath, '-e', told, '--'], last: ['--plugin', 'p.mjs'] })
  const settled = (asking: Comparer, id: string) =>
    new Promise<AskedComparison>((resolve) => {
      const leave = asking.onChange((comparison) => {
        if (comparison.id !== id || !['done', 'failed'].includes(comparison.status)) return
        leave()
        resolve(comparison)
      })
    })

  it('are a command in a process of its own, and known under the hashes of the weights', async () => {
    const asking = comparer()
    const request = { runs: [run('a'), run('-b', { seed: 2 })], part: 'valid' as const, metrics: ['hr@5', 'mrr'] }
    const asked = asking.ask(request)
    expect(asked.status).toBe('running')
    expect(asked.command.join(' ')).toBe('compare --runs a ./-b --split valid --metrics hr@5,mrr')
    expect((await settled(asking, asked.id)).status).toBe('done')
    expect(JSON.parse(asking.resultsOf(asked.id)!)).toEqual([...asked.command, '--json', '--plugin', 'p.mjs'])
    // Moved elsewhere, they are the same weights.
    const moved = request.runs.map((one) => ({ ...one, id: `x/${one.id}`, path: `x/${one.id}`, changed: 2 }))
    expect(asking.ask({ ...request, runs: moved })).toMatchObject({ id: asked.id, status: 'done' })
    const others = [
      { ...request, part: 'test' as const },
      { ...request, metrics: [] },
      { ...request, runs: request.runs.slice(0, 1) },
      { ...request, runs: [...request.runs].reverse() },
      { ...request, runs: [run('a', { weights: 'others' }), request.runs[1]] },
    ]
    const ids = others.map((other) => asking.ask(other).id)
    expect(new Set([asked.id, ...ids]).size).toBe(6)
    await asking.end()
  })

  it('say why they failed in one sentence, and are tried again when asked again', async () => {
    const asking = comparer()
    const { id } = asking.ask({ runs: [run('bad')] })
    expect(await settled(asking, id)).toMatchObject({ status: 'failed', reason: 'bad is not a run' })
    expect(asking.resultsOf(id)).toBeUndefined()
    expect(asking.ask({ runs: [run('bad')] }).status).toBe('running')
    await settled(asking, id)
  })

  it('are done one after the other, and can be stopped', async () => {
    const asking = comparer()
    const slow = asking.ask({ runs: [run('slow')] })
    const [second, third] = [asking.ask({ runs: [run('b')] }), asking.ask({ runs: [run('c')] })]
    expect([second.status, third.status]).toEqual(['waiting', 'waiting'])
    expect(asking.stop(second.id)).toBe(true)
    expect(asking.get(second.id)).toMatchObject({ status: 'failed', reason: 'it was stopped' })
    const [ended, done] = [settled(asking, slow.id), settled(asking, third.id)]
    expect(asking.stop(slow.id)).toBe(true)
    expect(await ended).toMatchObject({ status: 'failed', reason: 'it was stopped' })
    expect((await done).status).toBe('done')
    expect(asking.stop(slow.id)).toBe(false)
    expect(asking.stop('absent')).toBe(false)
  })

  it('wait only in so many, and end with the server', async () => {
    const asking = comparer()
    asking.ask({ runs: [run('slow')] })
    for (let n = 0; n < 20; n++) asking.ask({ runs: [run(`${n}`)] })
    expect(() => asking.ask({ runs: [run('more')] })).toThrow('20 comparisons wait already')
    await asking.end()
    expect(asking.all.filter(({ status }) => status === 'running')).toEqual([])
  })
})
