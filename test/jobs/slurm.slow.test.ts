import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { slurmEngine } from '../../src/jobs/slurm/engine.ts'
import { createFolder, expectRefusal, start, tributary } from '../e2e/tributary.ts'
import { Jobs, keepsItsWord, statesOf } from './engine-contract.ts'
import { comparison, hasWritten, Ownership, outputs, prepare } from './faults.ts'
import { noSlurm, type SlurmCluster, startSlurm } from './slurm-cluster.ts'

const FAULTS = { seeds: 2, epochs: 60 }
const folder = createFolder()

/** Its nodes begin the worker of this program, which begins the program of the tests. */
function engineOfTest(cwd: string) {
  const [tsx, worker] = [import.meta.resolve('tsx'), import.meta.resolve('./do-task.ts')].map((url) =>
    fileURLToPath(url),
  )
  const program = [process.execPath, '--import', tsx, worker] as const
  return slurmEngine({ program, version: 'x', cwd, lookMilliseconds: 200 })
}

describe('a cluster of Slurm', () => {
  if (noSlurm !== undefined) {
    it.skip(`does jobs of trainings (skipped: ${noSlurm})`, () => {})
    return
  }
  let cluster: SlurmCluster
  let reference: Record<string, string>
  const before = process.env.SLURM_CONF
  beforeAll(async () => {
    cluster = await startSlurm()
    process.env.SLURM_CONF = cluster.env.SLURM_CONF
    const root = await prepare(join(folder, 'reference'))
    const { code, stderr } = await tributary(comparison(FAULTS, 'local:2'), { cwd: root })
    expect(code, stderr).toBe(0)
    reference = outputs(root)
  })
  afterAll(async () => {
    await cluster?.end()
    if (before === undefined) delete process.env.SLURM_CONF
    else process.env.SLURM_CONF = before
  })

  describe('as an engine', () => {
    keepsItsWord(async (cwd) => ({ engine: await engineOfTest(cwd) }))
  })

  it('trains to the bits of one process though a node dies with all that it does', async () => {
    const root = await prepare(join(folder, 'node'))
    const ownership = new Ownership(root)
    const { ended } = start(comparison(FAULTS, 'slurm'), { cwd: root })
    await Promise.race([hasWritten(root, 'metrics.jsonl'), ended])
    cluster.killNode('n2')
    await Promise.race([cluster.hurry(), ended])
    const { code, stderr } = await ended
    await ownership.end()
    expect(code, stderr).toBe(0)
    expect(outputs(root)).toEqual(reference)
    expect(ownership.most).toBe(1)
    const begun = [...ownership.begun.values()].map((pids) => pids.size)
    expect(begun.toSorted()).toEqual([1, 1, 1, 1, 1, 2])
  })

  it('loses nothing when the controller is killed and begun again', async () => {
    const jobs = new Jobs(createFolder())
    const engine = await engineOfTest(jobs.folder)
    const runs = jobs.job('runs', { until: 'go' })
    const asked = [runs, jobs.job('waits', { after: [runs.id] })]
    await engine.submit(asked)
    await jobs.until('begin runs')
    // The controller writes what it knows every five seconds.
    await pause(7000)
    await cluster.killController()
    const watching = statesOf(engine, asked)
    await pause(1000)
    await cluster.startController()
    jobs.allow('go')
    expect((await watching).filter(({ state }) => state === 'done').map(({ id }) => id)).toEqual(
      asked.map(({ id }) => id),
    )
    expect(jobs.log()).toEqual(['begin runs', 'end runs', 'begin waits', 'end waits'])
  })
})

it('says in a sentence that there is no Slurm', async () => {
  const root = await prepare(join(folder, 'none'))
  const refused = await tributary(comparison(FAULTS, 'slurm'), { cwd: root, env: { PATH: '/nonexistent' } })
  expectRefusal(refused, ['there is no squeue here'])
})
