import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bullmqEngine } from '../../src/jobs/bullmq/engine.ts'
import { work } from '../../src/jobs/bullmq/worker.ts'
import { createFolder, expectRefusal, start, tributary, tributaryJson } from '../e2e/tributary.ts'
import { type PostgresServer, startPostgres } from '../store/postgres-server.ts'
import { suffer } from './bullmq-faults.ts'
import { keepsItsWord, type Opened, statesOf } from './engine-contract.ts'
import { comparison, outputs, prepare } from './faults.ts'
import { PROGRAM } from './program.ts'
import { noRedis, startRedis } from './redis-server.ts'

interface Listed {
  readonly jobs: readonly { readonly name: string; readonly state: string }[]
}

const folder = createFolder()
/** As many kills as somebody wants to see; then trainings are long enough to be killed after a checkpoint. */
const KILLS = Number(process.env.TRIBUTARY_KILLS ?? 0)
const FAULTS =
  KILLS > 0
    ? ({
        seeds: 4,
        epochs: 500,
        kills: KILLS,
        first: 'optimizer.safetensors',
        awaySeconds: 10,
        pauseSeconds: 8,
      } as const)
    : ({ seeds: 2, epochs: 60, kills: 2, first: 'metrics.jsonl', awaySeconds: 5, pauseSeconds: 2 } as const)
let reference: Record<string, string>
beforeAll(async () => {
  const root = await prepare(join(folder, 'reference'))
  const { code, stderr } = await tributary(comparison(FAULTS, 'local:1'), { cwd: root })
  expect(code, stderr).toBe(0)
  reference = outputs(root)
})

const DATABASES = [
  { name: 'Redis', reason: noRedis, begin: startRedis },
  { name: 'Postgres', reason: undefined, begin: startPostgres },
]

describe.each(DATABASES)('a queue in $name', ({ name, reason, begin }) => {
  if (reason !== undefined) {
    it.skip(`does jobs of trainings (skipped: ${reason})`, () => {})
    return
  }
  let database: PostgresServer
  beforeAll(async () => {
    database = await begin()
  })
  afterAll(() => database.end())

  describe('as an engine', () => {
    keepsItsWord(async (): Promise<Opened> => {
      const stopped = new AbortController()
      const working = work({
        ...{ url: database.url, workers: 2, program: PROGRAM, version: 'x', leaseSeconds: 4 },
        ...{ signal: stopped.signal, tell: () => {} },
      })
      const engine = await bullmqEngine({ url: database.url, version: 'x', lookMilliseconds: 50 })
      return {
        engine,
        async end() {
          stopped.abort()
          await working
        },
      }
    })
  })

  it('waits for a run that another machine still writes, and does not call the job failed', async () => {
    const run = join(createFolder(), 'run')
    const lock = join(run, '.lock')
    mkdirSync(run)
    writeFileSync(lock, JSON.stringify({ token: 'x', host: 'another-machine', pid: 1, beats: true }))
    const stopped = new AbortController()
    // It fails as long as the lock is there, as a training does.
    const program = ['bash', '-c', 'test ! -e "$0"'] as const
    const working = work({
      ...{ url: database.url, workers: 1, program, version: 'x', leaseSeconds: 4, signal: stopped.signal, tell() {} },
    })
    const engine = await bullmqEngine({ url: database.url, version: 'x', lookMilliseconds: 50 })
    const job = { id: `held-${name}`, name: 'held', argv: [lock], cwd: run, out: run }
    await engine.submit([job])
    const watching = statesOf(engine, [job])
    await pause(1500)
    rmSync(lock)
    expect((await watching).map(({ state }) => state)).not.toContain('failed')
    stopped.abort()
    await Promise.all([working, engine.close()])
  })

  it.runIf(name === 'Postgres')('shows, ends and tries again what it has', async () => {
    const root = await prepare(join(folder, `${name} by hand`))
    const engine = ['--on', `bullmq:${database.url}`]
    const jobs = async (...words: string[]) => tributaryJson<Listed>(['jobs', ...words, ...engine], root)
    const before = (await jobs('list')).jobs.length
    const controller = start(comparison(FAULTS, engine[1]), { cwd: root })
    const handed = async () => (await jobs('list', '--state', 'waiting')).jobs
    while ((await handed()).length < 3 * FAULTS.seeds) await pause(50)
    // Whoever waits goes; what waits in the queue stays.
    controller.process.kill('SIGTERM')
    const left = await controller.ended
    expect(left.code).toBe(130)
    expect(left.stderr).toMatch(/goes on with the jobs \(tributary jobs cancel --all --on bullmq:\w+:/)
    expect(left.stderr).not.toContain('secret')
    const [{ name: first }] = await handed()
    await jobs('cancel', first)
    // Other tests have left some, too.
    expect((await jobs('list', '--state', 'canceled')).jobs.map((job) => job.name)).toContain(first)
    expect(await handed()).toHaveLength(3 * FAULTS.seeds - 1)
    await jobs('retry', first)
    expect(await handed()).toHaveLength(3 * FAULTS.seeds)
    expectRefusal(await tributary(['jobs', 'cancel', 'sasrek', ...engine], { cwd: root }), ["'sasrek'"])
    expectRefusal(await tributary(['jobs', 'cancel', ...engine], { cwd: root }), ['--all'])
    expectRefusal(await tributary(['jobs', 'list', '--on', 'local'], { cwd: root }), ['end with it'])
    await jobs('cancel', '--all')
    expect(await handed()).toEqual([])
    expect((await jobs('list')).jobs.length).toBe(before + 3 * FAULTS.seeds)
  })

  it('trains to the bits of one process while workers are killed and the database is gone for a while', async () => {
    const root = await prepare(join(folder, name))
    const suffered = await suffer(root, database, {
      ...FAULTS,
      seed: 1,
    })
    if (KILLS > 0) console.log({ database: name, ...suffered, stderr: undefined })
    expect(suffered.code, suffered.stderr).toBe(0)
    expect(suffered.killedProcesses).toBeGreaterThan(2)
    expect(suffered.mostOwners).toBe(1)
    expect(suffered.begun).toBeGreaterThan(suffered.jobs)
    expect(outputs(root)).toEqual(reference)
  })
})

it('refuses a queue that is not there, in a sentence without its password', async () => {
  for (const url of ['redis://:secret@127.0.0.1:1', 'postgres://me:secret@127.0.0.1:1/jobs']) {
    const refused = await tributary(['worker', '--on', `bullmq:${url}`], { cwd: folder })
    expectRefusal(refused, ['cannot be reached', '127.0.0.1:1', 'ECONNREFUSED'])
    expect(refused.stderr).not.toContain('secret')
  }
})
