import { describe, expect, it } from 'vitest'
import { type TrainEvent, TributaryError } from '../core/index.ts'
import { type TrainingPlan, trainEpochs } from './epochs.ts'

const weight = Float32Array.of(0)

/** Each step adds 1 to the weight; validation is best after epoch 2. */
function plan(step: TrainingPlan<number>['step']): TrainingPlan<number> {
  weight[0] = 0
  return {
    epochs: 5,
    patience: 0,
    metric: 'value',
    weights: new Map([['w', { shape: [1], data: weight }]]),
    state: new Map(),
    batches: () => [0, 1],
    step(batch, epoch, index) {
      weight[0] += 1
      return step(batch, epoch, index)
    },
    size: () => 1,
    validate: async () => ({ value: weight[0] === 4 ? 1 : 0 }),
  }
}

async function run(step: TrainingPlan<number>['step']): Promise<TrainEvent[]> {
  const events: TrainEvent[] = []
  for await (const event of trainEpochs(plan(step), {})) events.push(event)
  return events
}

describe('trainEpochs', () => {
  it('averages a loss term over the steps that have it', async () => {
    const events = await run(async (_, epoch, step) => (step === 2 ? { loss: epoch, upper: 10 } : { loss: 0 }))
    const epochs = events.filter((event) => event.type === 'epoch')
    expect(epochs.map(({ losses }) => losses)).toEqual([1, 2, 3, 4, 5].map((n) => ({ loss: n / 2, upper: 10 })))
    expect(weight[0]).toBe(4)
  })

  it.each([
    ['a loss that is no number', () => Promise.reject(new TributaryError('not-finite', 'loss became NaN'))],
    ['a step that fails', () => Promise.reject(new Error('it diverges'))],
  ] as const)('holds the best weights after %s', async (_, fail) => {
    await expect(run((_, epoch) => (epoch === 4 ? fail() : Promise.resolve({ loss: 1 })))).rejects.toThrow(
      /loss became NaN in epoch 4, step 1|it diverges/,
    )
    expect(weight[0]).toBe(4)
  })

  it('hears that it is stopped in steps that wait for nothing', async () => {
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 0)
    const busy = plan(async () => {
      const until = performance.now() + 60
      while (performance.now() < until);
      return { loss: 1 }
    })
    const training = async () => {
      for await (const _ of trainEpochs(busy, { signal: stop.signal }));
    }
    await expect(training()).rejects.toMatchObject({
      code: 'interrupted',
      message: expect.stringMatching(/stopped in epoch \d/),
    })
  })

  it('hears it in its validation, too, and says where it was', async () => {
    const stopped = new TributaryError('interrupted', 'stopped after 3 queries')
    const validate = () => Promise.reject(stopped)
    const training = async () => {
      for await (const _ of trainEpochs({ ...plan(async () => ({ loss: 1 })), validate }, {}));
    }
    await expect(training()).rejects.toMatchObject({ code: 'interrupted', message: 'training was stopped in epoch 1' })
  })

  it('has nothing better to hold when the first epoch fails', async () => {
    await expect(run(() => Promise.reject(new TributaryError('not-finite', 'loss became NaN')))).rejects.toMatchObject({
      code: 'not-finite',
    })
    expect(weight[0]).toBe(1)
  })
})
