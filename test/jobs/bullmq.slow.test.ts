import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { bullmqEngine } from '../../src/jobs/bullmq/engine.ts'
import { work } from '../../src/jobs/bullmq/worker.ts'
import { createFolder, expectRefusal, tributary } from '../e2e/tributary.ts'
import { type PostgresServer, startPostgres } from '../store/postgres-server.ts'
import { suffer } from './bullmq-faults.ts'
import { keepsItsWord, type Opened, PROGRAM } from './engine-contract.ts'
import { comparison, outputs, prepare } from './faults.ts'
import { noRedis, startRedis } from './redis-server.ts'

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
