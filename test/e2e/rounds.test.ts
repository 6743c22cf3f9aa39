import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { beforeAll, expect, test } from 'vitest'
import { shopCsv } from './shop.ts'
import { createFolder, expectRefusal, start, tributary, tributaryJson, writeText } from './tributary.ts'

const folder = createFolder()
const ROUNDS = 3
const SET = ['width=8', 'inner=8', 'batchSize=16', `epochs=${2 * ROUNDS}`, 'patience=0'].flatMap((one) => [
  '--set',
  one,
])
beforeAll(async () => {
  writeText(folder, 'shop.csv', shopCsv({ users: 60 }))
  await tributaryJson(['import', 'csv', 'shop.csv', '--out', 'shop'], folder)
})

function training(out: string, engine: string, ...more: string[]): string[] {
  return [
    ...['train', 'sasrec', 'shop', '--out', out, '--shards', '4', '--local-epochs', '2', '--threads', '1'],
    ...SET,
    ...['--on', engine, ...more],
  ]
}

const weights = (out: string) => readFileSync(join(folder, out, 'weights.safetensors')).toString('base64')
const epochsOf = (out: string) => {
  const path = join(folder, out, 'metrics.jsonl')
  return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n').filter(Boolean).length : 0
}

test('the bits hang on the number of shards, not on who trains them, nor on what is killed in each round', async () => {
  for (const engine of ['local:1', 'local:4']) await tributaryJson(training(engine.replace(':', '-'), engine), folder)
  expect(weights('local-4')).toBe(weights('local-1'))

  let kills = 0
  for (;;) {
    const round = epochsOf('killed')
    const { process: controller, ended } = start(training('killed', 'local:2', '--resume'), { cwd: folder })
    let over = false
    void ended.then(() => {
      over = true
    })
    while (!over && kills <= round) {
      const [child] = childrenOf(controller.pid!)
      if (child === undefined || epochsOf('killed') !== round) await pause(20)
      else {
        await pause(200) // somewhere in its work
        kill(child)
        kills++
      }
      if (epochsOf('killed') > round) break
    }
    const { code, stderr } = await ended
    if (code === 0) break
    expect(stderr).toMatch(/round \d+, (shard \d|mean) failed: it was ended by SIGKILL; the same command goes on/)
    expect(kills).toBeLessThan(3 * ROUNDS)
  }
  expect(kills).toBeGreaterThan(0)
  expect(weights('killed')).toBe(weights('local-1'))
})

test('what comes of it is a run like any other, which says what it was', async () => {
  const evaluated = await tributaryJson<{ overall: Record<string, number> }>(['evaluate', 'local-1'], folder)
  expect(evaluated.overall['ndcg@10']).toBeGreaterThan(0.2)
  const plain = training('plain', 'local').slice(0, 5)
  await tributaryJson([...plain, '--threads', '1', ...SET], folder)
  const compared = await tributaryJson<{ models: object }>(['compare', '--runs', 'plain', 'local-1'], folder)
  expect(Object.keys(compared.models)).toEqual(['sasrec', 'sasrec:shards=4×2'])
  expectRefusal(await tributary(['train', 'sasrec', 'shop', '--out', 'x', '--local-epochs', '2'], { cwd: folder }), [
    '--local-epochs',
    '--shards',
  ])
  const other = training('local-1', 'local', '--resume').map((word) => (word === '4' ? '3' : word))
  expectRefusal(await tributary(other, { cwd: folder }), ['local-1', '--shards 4 --local-epochs 2'])
  const single = [...training('y', 'local'), '--set', 'sequences=single']
  expectRefusal(await tributary(single, { cwd: folder }), ['sasrec cannot be trained in shards', 'sequences=single'])
  expect(existsSync(join(folder, 'y'))).toBe(false)
})

function childrenOf(pid: number): number[] {
  try {
    return execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .map(Number)
  } catch {
    return []
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has just ended.
  }
}
