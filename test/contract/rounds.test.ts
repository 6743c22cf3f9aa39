import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { expectSameBits } from '../../src/contract/tensors.ts'
import { twoDomainCopyWorld } from '../../src/contract/worlds.ts'
import { writeDataset } from '../../src/data/index.ts'
import { outcomeOf } from '../../src/experiments/events.ts'
import type { JobEngine } from '../../src/jobs/index.ts'
import { average } from '../../src/rounds/average.ts'
import { averageRound, trainInRounds, trainShard } from '../../src/rounds/index.ts'
import { openTrainedRun } from '../../src/runs/open.ts'
import { openRun, openRunToWrite } from '../../src/runs/run.ts'
import { trainRun } from '../../src/runs/train.ts'
import { EXPECTATIONS } from './expectations.ts'

/** Does rounds in this process, in any order of the shards. */
function here({ backwards = false } = {}): JobEngine {
  return {
    name: 'here',
    async submit(jobs) {
      const shards = jobs.slice(0, -1)
      for (const { argv } of [...(backwards ? shards.toReversed() : shards), jobs.at(-1)!]) {
        const [, run, , number, flag, shard] = argv
        if (flag === '--shard') await trainShard(run, Number(number), Number(shard))
        else await averageRound(run, Number(number))
      }
    },
    async *watch(ids) {
      for (const id of ids) yield { id, state: 'done' }
    },
    async cancel() {},
    async close() {},
  }
}

const folder = mkdtempSync(join(tmpdir(), 'rounds-'))
const datasetFolder = join(folder, 'world')
beforeAll(() => writeDataset(twoDomainCopyWorld({ users: 24 }).dataset, datasetFolder))
afterAll(() => rmSync(folder, { recursive: true }))

async function weightsOf(run: string) {
  const { model } = await openTrainedRun(run, { threads: 1 })
  const weights = new Map([...model.weights()].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]))
  await model.dispose()
  return weights
}

async function inRounds(
  name: string,
  overrides: object,
  division: { shards: number; localEpochs: number },
  out: string,
  engine = here(),
) {
  const plan = { model: name, overrides: { ...overrides }, datasetFolder, out: join(folder, out), seed: 3, threads: 1 }
  await outcomeOf(trainInRounds({ ...plan, division, engine, resume: true }))
  return weightsOf(plan.out)
}

describe('a training in one shard', () => {
  for (const { spec, expectation } of EXPECTATIONS) {
    if (spec.task !== 'ranking' || !('epochs' in spec.config.shape)) continue
    const name = `${spec.name}${expectation.variant === undefined ? '' : ` ${expectation.variant}`}`
    it(`is the training in one process, to the bit, of ${name}`, async ({ skip }) => {
      const overrides = { ...expectation.set, epochs: 3, patience: 0 }
      const whole = join(folder, `${name}-whole`)
      await outcomeOf(trainRun({ model: spec.name, overrides, datasetFolder, out: whole, seed: 3, threads: 1 }))
      try {
        expectSameBits(
          await inRounds(spec.name, overrides, { shards: 1, localEpochs: 1 }, name),
          await weightsOf(whole),
        )
      } catch (error) {
        if (!String(error).includes('cannot be trained in shards')) throw error
        skip(String(error))
      }
    })
  }
})

describe('a training in four shards', () => {
  const options = { epochs: 6, patience: 0, width: 8, inner: 8, batchSize: 4 }

  it('has the same bits in any order of the shards, learned from all of them, and is told what it was', async () => {
    const division = { shards: 4, localEpochs: 2 }
    const forth = await inRounds('sasrec', options, division, 'forth')
    expectSameBits(await inRounds('sasrec', options, division, 'back', here({ backwards: true })), forth)
    const { manifest } = await openRun(join(folder, 'forth'))
    expect(manifest).toMatchObject({ status: 'done', rounds: division, result: { epochs: 6 } })
    expect((await (await openRun(join(folder, 'forth'))).readMetrics()).map(({ epoch }) => epoch)).toEqual([2, 4, 6])
    const fewer = await inRounds('sasrec', options, { shards: 2, localEpochs: 2 }, 'two')
    expect(() => expectSameBits(fewer, forth)).toThrow()
  })

  it('goes on after any job that was done or half done, to the same bits', async () => {
    const division = { shards: 4, localEpochs: 2 }
    let left = 3
    const failing: JobEngine = {
      ...here(),
      async submit(jobs) {
        for (const job of jobs) {
          if (left-- === 0) throw new Error('killed')
          await here().submit(job.argv.includes('--shard') ? [job, job] : [job])
        }
      },
    }
    await expect(inRounds('sasrec', options, division, 'killed', failing)).rejects.toThrow('killed')
    expectSameBits(await inRounds('sasrec', options, division, 'killed'), await weightsOf(join(folder, 'forth')))
  })

  it('ends where it was killed between the last mean and its end', async () => {
    const out = join(folder, 'unended')
    await inRounds('sasrec', options, { shards: 4, localEpochs: 2 }, 'unended')
    const run = await openRunToWrite(out)
    await run.updateManifest({ status: 'training', result: undefined })
    await run.release()
    expectSameBits(await inRounds('sasrec', options, { shards: 4, localEpochs: 2 }, 'unended'), await weightsOf(out))
    expect((await openRun(out)).manifest).toMatchObject({ status: 'done', result: { epochs: 6 } })
  })

  it('is refused where another division was begun, or a plain training', async () => {
    await expect(inRounds('sasrec', options, { shards: 3, localEpochs: 2 }, 'forth')).rejects.toThrow('--shards 4')
    const plain = { model: 'sasrec', overrides: options, datasetFolder, out: join(folder, 'forth'), resume: true }
    await outcomeOf(trainRun(plain)) // it has ended
    await expect(inRounds('popularity', {}, { shards: 2, localEpochs: 1 }, 'none')).rejects.toThrow('in epochs')
  })
})

it('a mean counts shards by their examples, and skips those that had nothing', () => {
  const shard = (value: number, examples: number) => ({
    tensors: new Map([
      ['weights/w', { shape: [2], data: Float32Array.of(value, 1) }],
      ['moments/n', { shape: [1], data: Int32Array.of(examples) }],
    ]),
    ...{ examples, losses: { loss: value }, seconds: 1, scalars: { steps: examples, kind: 'adam' } },
  })
  const empty = { ...shard(9, 0), tensors: new Map(), losses: {} }
  const { tensors, losses, scalars } = average([shard(1, 3), empty, shard(5, 1)])
  expect([...tensors.get('weights/w')!.data]).toEqual([2, 1])
  expect([...tensors.get('moments/n')!.data]).toEqual([3])
  expect([losses, scalars]).toEqual([{ loss: 2 }, { steps: 3, kind: 'adam' }])
})
