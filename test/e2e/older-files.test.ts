import { cpSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import { decodeSafetensors } from '../../src/files/safetensors.ts'
import { createFolder, expectRefusal, start, tributary, tributaryJson } from './tributary.ts'

// Data sets and runs as commit 113bcc6 wrote them (syncrec: 006126b), and what it said of them (test/golden/README.md). Whoever has such files must be able
// to go on with them.
const golden = fileURLToPath(new URL('../golden/older/', import.meta.url))
const folder = createFolder()
const json = <T>(...args: string[]) => tributaryJson<T>(args, folder)
const expected = <T>(name: string) => JSON.parse(readFileSync(join(golden, 'expected', name), 'utf8')) as T

beforeAll(() => cpSync(golden, folder, { recursive: true }))

/** All of `before` is still said, in the same words; numbers but for their last digits, which another processor may compute otherwise. */
function expectAll(now: unknown, before: unknown, path: string): void {
  if (typeof before === 'number') {
    expect(now, path).toBeTypeOf('number')
    expect(Math.abs((now as number) - before), `${path}: ${now} was ${before}`).toBeLessThanOrEqual(
      1e-4 * Math.abs(before) + 1e-5,
    )
  } else if (typeof before === 'object' && before !== null) {
    expect(now, path).toBeTypeOf('object')
    for (const [key, value] of Object.entries(before))
      expectAll((now as Record<string, unknown> | null)?.[key], value, `${path}.${key}`)
  } else expect(now, path).toEqual(before)
}

describe('files of an older version', () => {
  test.each([
    ['sasrec', 'ranking'],
    ['conet', 'labels'],
    ['syncrec', 'ranking, before the forms of its options were'],
    ['biao', 'labels, with trust'],
    ['mbpo', 'a policy'],
  ])('evaluate %s: %s', async (run) => {
    expectAll(await json('evaluate', run), expected(`ev-${run}.json`), run)
  })

  test('recommend, but not by the verdicts of a report that knew no least number of users', async () => {
    const ask = ['recommend', 'sasrec', '--user', 'u3', '--domain', 'books', '-k', '5']
    expectAll(await json(...ask), expected('rec-sasrec.json'), 'list')
    expectRefusal(await tributary([...ask, '--fallback', 'auto'], { cwd: folder }), [
      /transfer\.json/,
      /make it again with: tributary transfer/,
    ])
  })

  test('explain', async () => {
    const { report, ...before } = expected<Record<string, unknown>>('explain-biao.json')
    expect(report).toBeTypeOf('string')
    expectAll(await json('explain', 'biao'), before, 'trust')
  })

  test('simulate', async () => {
    expectAll(
      await json('simulate', 'mbpo', '--episodes', '10', '--max-length', '5'),
      expected('sim-mbpo.json'),
      'simulation',
    )
  })

  test('are trained on: a policy learns in the world model', async () => {
    const options = ['epochs=1', 'stepsPerEpoch=50', 'episodes=10', 'maxLength=5', 'hidden=8']
    const args = ['train', 'roler', 'judged', '--out', 'roler', '--set', 'worldModel=world']
    const trained = await tributary([...args, ...options.flatMap((option) => ['--set', option])], { cwd: folder })
    expect(trained).toMatchObject({ code: 0 })
  })

  test('resume: a killed training ends where it would have ended', async () => {
    const resumed = await tributary(['train', 'sasrec', 'shop', '--out', 'unfinished', '--resume'], { cwd: folder })
    expect(resumed).toMatchObject({ code: 0 })
    const weights = (path: string) => decodeSafetensors(readFileSync(path), path).tensors
    const whole = weights(join(golden, 'expected/unfinished.safetensors'))
    const mine = weights(join(folder, 'unfinished/weights.safetensors'))
    expect([...mine.keys()]).toEqual([...whole.keys()])
    for (const [name, { data }] of whole)
      expect(Math.max(...data.map((value, i) => Math.abs(value - mine.get(name)!.data[i]))), name).toBeLessThan(1e-4)
  })

  test('are trained on as they were begun: an option that came later has the value that stood in its place', async () => {
    const args = ['train', 'syncrec', 'shop', '--out', 'syncrec', '--resume']
    const refused = await tributary([...args, '--set', 'rho=sigmoid'], { cwd: folder })
    expectRefusal(refused, [/begun with rho="bilinear", not "sigmoid"/])
    const longer = await tributary([...args, '--set', 'rho=bilinear', '--set', 'epochs=3'], { cwd: folder })
    expect(longer).toMatchObject({ code: 0 })
    const state = (path: string) => decodeSafetensors(readFileSync(path), path).tensors
    const whole = state(join(golden, 'expected/syncrec-longer.safetensors'))
    const mine = state(join(folder, 'syncrec/optimizer.safetensors'))
    expect([...mine.keys()]).toEqual([...whole.keys()])
    // Gradients of a table are added in another order than they were.
    for (const [name, { data }] of whole)
      expect(Math.max(...data.map((value, i) => Math.abs(value - mine.get(name)!.data[i]))), name).toBeLessThan(1e-3)
  })

  test('serve', async () => {
    const server = start(['serve', 'sasrec', '--port', '0'], { cwd: folder })
    const [url] = await server.seen(/http:\/\/127\.0\.0\.1:\d+/)
    const answer = await fetch(`${url}/v1/recommendations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ user: 'u3', domain: 'books', k: 5, maskSeen: true }),
    })
    const { items } = (await answer.json()) as { items: { item: string }[] }
    expect(items.map(({ item }) => item)).toEqual(
      expected<{ items: { item: string }[] }>('rec-sasrec.json').items.map(({ item }) => item),
    )
    server.process.kill('SIGTERM')
    expect((await server.ended).code).toBe(0)
  })
})
