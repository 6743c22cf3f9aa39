import { describe, expect, it } from 'vitest'
import type { output } from 'zod'
import { believedWorld, openBelieved } from '../../../test/believed-world.ts'
import { drawnRewards, simulatedWorld } from '../../../test/simulated-worlds.ts'
import type { Checkpoint, Dataset, NamedTensors, TrainEvent } from '../../core/index.ts'
import { splitDataset } from '../../data/index.ts'
import { darlr } from './index.ts'

type Rows = readonly (readonly number[])[]
type Overrides = Partial<output<typeof darlr.config>>

const SMALL: Overrides = {
  worldModel: 'runs/world',
  epochs: 2,
  stepsPerEpoch: 400,
  episodes: 20,
  maxLength: 10,
  batchSize: 100,
  width: 4,
  hidden: [16],
  references: 4,
  neighbors: 3,
  selectorWidth: 8,
  projection: 4,
  selectEvery: 5,
}

/** Trains in a world that is believed to be as it is, with a checkpoint every epoch. */
async function train(
  rewards: Rows,
  overrides: Overrides = {},
  {
    seed = 1,
    resume,
    dataset = simulatedWorld({ rewards }),
  }: { seed?: number; resume?: Checkpoint; dataset?: Dataset } = {},
) {
  const split = splitDataset(dataset, 'leave-two-out')
  const config = darlr.config.parse({ ...SMALL, ...overrides })
  const model = darlr.create(config, dataset, split, { seed, threads: 1 })
  const epochs: (TrainEvent & { type: 'epoch' })[] = []
  const checkpoints: Checkpoint[] = []
  const context = {
    dataset,
    split,
    seed,
    threads: 1,
    resume,
    checkpointSeconds: 0,
    validate: async () => ({}),
    openRun: openBelieved(believedWorld(dataset, rewards)),
  }
  for await (const event of darlr.train(model, config, context)) {
    if (event.type === 'epoch') epochs.push(event)
    if (event.type === 'checkpoint') checkpoints.push(copyOf(event.checkpoint))
  }
  await model.dispose()
  return { model, epochs, checkpoints, tensors: checkpoints.at(-1)!.tensors }
}

/** The arrays of a checkpoint go on changing. */
function copyOf(checkpoint: Checkpoint): Checkpoint {
  const tensors = new Map(
    [...checkpoint.tensors].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]),
  )
  return { ...checkpoint, tensors }
}

function expectSame(a: NamedTensors, b: NamedTensors): void {
  expect([...a.keys()]).toEqual([...b.keys()])
  for (const [name, { data }] of a) expect(Buffer.compare(bytes(data), bytes(b.get(name)!.data)), name).toBe(0)
}

const bytes = (data: ArrayBufferView) => Buffer.from(data.buffer, data.byteOffset, data.byteLength)

describe('darlr', () => {
  const rewards = drawnRewards(30, 12)

  it('trains, and says in each epoch what selector, reward and uncertainty did', async () => {
    const { epochs } = await train(rewards)
    for (const { losses } of epochs)
      for (const name of [
        ...['actor', 'critic', 'entropy', 'return', 'length'],
        ...['selectorActor', 'selectorCritic', 'selectorReturn'],
        ...['rewardDrift', 'uncertainty', 'selectedSimilarity'],
      ])
        expect(losses[name], name).toBeTypeOf('number')
    expect(epochs[0]!.losses.rewardError).toBeUndefined()
    expect(epochs[1]!.losses.rewardDrift).toBeGreaterThan(epochs[0]!.losses.rewardDrift!)
  })

  it('goes on from a checkpoint to the same bits', async () => {
    const whole = await train(rewards, { epochs: 3 })
    const resumed = await train(rewards, { epochs: 3 }, { resume: whole.checkpoints[0]! })
    expect(resumed.checkpoints).toHaveLength(2)
    expectSame(resumed.tensors, whole.tensors)
    const other = await train(rewards, { epochs: 3 }, { seed: 2 })
    expect(() => expectSame(other.tensors, whole.tensors)).toThrow()
  })
})
