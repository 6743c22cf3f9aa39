import type { Expectation } from '../contract/index.ts'

const small = {
  worldModel: 'world',
  width: 8,
  hidden: [16],
  gamma: 0.5,
  episodes: 16,
  maxLength: 8,
  stepsPerEpoch: 128,
  turnsPerUpdate: 8,
  targetEvery: 10,
  batchSize: 32,
  // Of some epochs, so that it is written over.
  replay: 500,
  exploration: 0.8,
  learningRate: 0.01,
  epochs: 12,
}

export const expectations: readonly Expectation[] = [
  { earns: 0.8, gains: 0.4, set: small },
  {
    variant: 'that knows the user and chooses by the target network',
    earns: 0.8,
    set: { ...small, double: false, user: 'vector' },
  },
]
