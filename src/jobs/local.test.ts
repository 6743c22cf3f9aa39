import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import type { Program } from './child.ts'
import { type CommandJob, idOf, inOrder, type JobEngine, type JobEvent } from './job.ts'
import { localEngine } from './local.ts'

let folder: string
let engine: JobEngine
/** Notes when it begins and ends, and fails where it is told to. */
const SCRIPT = `
const { appendFileSync, existsSync } = require('node:fs')
const [log, name, until, code] = process.argv.slice(1)
appendFileSync(log, 'begin ' + name + '\\n')
process.on('SIGTERM', () => { appendFileSync(log, 'stop ' + name + '\\n'); process.exit(130) })
const look = () => {
  if (until !== '' && !existsSync(until)) return setTimeout(look, 5)
  appendFileSync(log, 'end ' + name + '\\n')
  if (code !== '0') console.error('error: ' + name + ' broke')
  process.exit(Number(code))
}
look()`
const program: Program = [process.execPath, '-e', SCRIPT]

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'jobs-'))
})
afterEach(async () => {
  await engine.close()
  rmSync(folder, { recursive: true })
})

const log = () => readFileSync(join(folder, 'log'), 'utf8').trim().split('\n')

function job(name: string, { until = '', code = 0, after = [] as string[] } = {}): CommandJob {
  const argv = [join(folder, 'log'), name, until && join(folder, until), String(code)]
  return { id: name, name, argv, cwd: folder, out: folder, after }
}

async function statesOf(jobs: readonly CommandJob[], onEvent?: (event: JobEvent) => void): Promise<JobEvent[]> {
  const events: JobEvent[] = []
  for await (const event of engine.watch(jobs.map(({ id }) => id))) {
    events.push(event)
    onEvent?.(event)
  }
  return events
}

it('does every job once, those that need others after them', async () => {
  engine = localEngine({ workers: 2, program })
  const jobs = [job('last', { after: ['first', 'second'] }), job('first'), job('second')]
  await engine.submit(jobs)
  await engine.submit(jobs)
  const events = await statesOf(jobs)
  expect(
    log()
      .filter((line) => line.startsWith('begin'))
      .sort(),
  ).toEqual(['begin first', 'begin last', 'begin second'])
  expect(log().at(-2)).toBe('begin last')
  expect(
    events
      .filter(({ state }) => state === 'done')
      .map(({ id }) => id)
      .sort(),
  ).toEqual(['first', 'last', 'second'])
})

it('does no more at once than it has workers', async () => {
  engine = localEngine({ workers: 1, program })
  const jobs = [job('a'), job('b'), job('c')]
  await engine.submit(jobs)
  await statesOf(jobs)
  expect(log()).toEqual(['begin a', 'end a', 'begin b', 'end b', 'begin c', 'end c'])
})

it('says why a job failed, and fails what needed it; asked again it tries again', async () => {
  engine = localEngine({ workers: 2, program })
  const jobs = [job('bad', { code: 1 }), job('needs', { after: ['bad'] })]
  await engine.submit(jobs)
  const ends = (await statesOf(jobs)).filter(({ state }) => state === 'failed')
  expect(ends).toEqual([
    { id: 'bad', state: 'failed', reason: 'bad broke' },
    { id: 'needs', state: 'failed', reason: 'what it needs is not done' },
  ])
  await engine.submit([job('bad')])
  expect((await statesOf([job('bad')])).at(-1)?.state).toBe('done')
})

it('asks a job that is canceled to stop, and never begins one that waits', async () => {
  engine = localEngine({ workers: 1, program })
  const jobs = [job('runs', { until: 'never' }), job('waits')]
  await engine.submit(jobs)
  const events = statesOf(jobs)
  while (!readable('begin runs')) await new Promise((resolve) => setTimeout(resolve, 5))
  await engine.cancel(['waits', 'runs'])
  expect((await events).filter(({ state }) => state === 'canceled')).toHaveLength(2)
  expect(log()).toEqual(['begin runs', 'stop runs'])
})

it('ends its children when it closes', async () => {
  engine = localEngine({ workers: 1, program })
  await engine.submit([job('runs', { until: 'go' })])
  while (!readable('begin runs')) await new Promise((resolve) => setTimeout(resolve, 5))
  await engine.close()
  writeFileSync(join(folder, 'go'), '')
  expect(log()).toEqual(['begin runs', 'stop runs'])
})

it('refuses jobs that wait for one another', () => {
  engine = localEngine({ workers: 1, program })
  expect(() => inOrder([job('a', { after: ['b'] }), job('b', { after: ['a'] })])).toThrow('a → b → a')
  expect(() => inOrder([job('a', { after: ['b'] })])).toThrow('which is no job')
})

it('tells jobs apart by what they do and what they read', () => {
  engine = localEngine({ workers: 1, program })
  expect(idOf(['train'], ['x'])).toBe(idOf(['train'], ['x']))
  expect(new Set([idOf(['train'], ['x']), idOf(['train'], ['y']), idOf(['train', 'x'], [])]).size).toBe(3)
})

function readable(line: string): boolean {
  try {
    return log().includes(line)
  } catch {
    return false
  }
}
