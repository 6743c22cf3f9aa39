// What an engine takes of a job, beside the job: processes that do nothing, begun by hand and by each engine.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { outcomeOf } from '../../src/experiments/events.ts'
import { bullmqEngine } from '../../src/jobs/bullmq/engine.ts'
import { work } from '../../src/jobs/bullmq/worker.ts'
import { type CommandJob, doJobs, type JobEngine, localEngine, type Program } from '../../src/jobs/index.ts'
import { slurmEngine } from '../../src/jobs/slurm/engine.ts'
import { noRedis, startRedis } from '../../test/jobs/redis-server.ts'
import { noSlurm, startSlurm } from '../../test/jobs/slurm-cluster.ts'
import { type PostgresServer, startPostgres } from '../../test/store/postgres-server.ts'

const JOBS = 30
const ROUNDS = 3
const NOTHING: Program = [process.execPath, '-e', '']
const folder = mkdtempSync(join(tmpdir(), 'overhead-'))
let made = 0

function jobs(): CommandJob[] {
  return Array.from({ length: JOBS }, () => {
    const id = `job-${++made}`
    return { id, name: id, argv: [], cwd: folder, out: folder }
  })
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await work()
  return (performance.now() - begun) / JOBS
}

async function byHand(): Promise<void> {
  for (let n = 0; n < JOBS; n++) await once(spawn(NOTHING[0], NOTHING.slice(1), { stdio: 'ignore' }), 'close')
}

/** The median of some rounds, each beside one by hand, so that both meet the same machine. */
async function measure(name: string, engine: JobEngine): Promise<void> {
  const [own, all]: number[][] = [[], []]
  for (let round = 0; round < ROUNDS; round++) {
    own.push(await timed(byHand))
    all.push(await timed(() => outcomeOf(doJobs(engine, jobs()))))
  }
  const median = (values: number[]) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)]
  const [hand, engineMs] = [median(own), median(all)]
  console.log(
    `${name}: ${engineMs.toFixed(0)} ms a job, ${(engineMs - hand).toFixed(0)} of them the engine's (${hand.toFixed(0)} by hand)`,
  )
}

async function measureQueue(name: string, begin: () => Promise<PostgresServer>): Promise<void> {
  const database = await begin()
  const stopped = new AbortController()
  const shared = { url: database.url, version: 'x' }
  const working = work({ ...shared, workers: 1, program: NOTHING, leaseSeconds: 30, signal: stopped.signal, tell() {} })
  const engine = await bullmqEngine({ ...shared, lookMilliseconds: 50 })
  await measure(name, engine)
  stopped.abort()
  await working
  await engine.close()
  await database.end()
}

try {
  await measure('local', localEngine({ workers: 1, program: NOTHING }))
  if (noRedis === undefined) await measureQueue('a queue in Redis', startRedis)
  else console.log(`a queue in Redis: ${noRedis}`)
  await measureQueue('a queue in Postgres', startPostgres)
  if (noSlurm !== undefined) console.log(`Slurm: ${noSlurm}`)
  else {
    const cluster = await startSlurm()
    process.env.SLURM_CONF = cluster.env.SLURM_CONF
    const [tsx, worker] = [import.meta.resolve('tsx'), new URL('../../test/jobs/do-task.ts', import.meta.url).href].map(
      (url) => fileURLToPath(url),
    )
    // Its worker begins the program of the tests of engines; the words make it end at once.
    const program = [process.execPath, '--import', tsx, worker] as const
    const engine = await slurmEngine({ program, version: 'x', cwd: folder, lookMilliseconds: 50 })
    const words = [join(folder, 'log'), 'nothing', '', '0']
    await measure('Slurm, two nodes', {
      ...engine,
      submit: (all) => engine.submit(all.map((job) => ({ ...job, argv: words }))),
    })
    await cluster.end()
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.exit(0)
