import { expect, it } from 'vitest'
import type { TrainEvent } from '../core/index.ts'
import { shareOfTraining } from './share.ts'

const step = (epoch: number, domain?: string): TrainEvent => ({
  type: 'step',
  epoch,
  step: 5,
  steps: 10,
  examples: 1,
  losses: { loss: 1 },
  ...(domain !== undefined && { domain }),
})

it('a share counts epochs, and domains one after the other', () => {
  expect(shareOfTraining({ epochs: 2 })(step(2))).toBe(0.75)
  // Nothing is known of the end of a training without epochs, or of domains without shares.
  expect(shareOfTraining({})(step(2))).toBe(0)
  expect(shareOfTraining({ epochs: 2 })(step(2, 'games'))).toBe(0)
  const shares = new Map([
    ['books', 0.5],
    ['games', 0.25],
    ['music', 0.25],
  ])
  const shareOf = shareOfTraining({ epochs: 2 }, shares)
  expect(shareOf(step(1, 'books'))).toBe(0.125)
  expect(shareOf(step(2, 'games'))).toBe(0.5 + 0.25 * 0.75)
  // A training that says it itself is believed, in the middle of others, too.
  expect(shareOf({ ...step(1, 'books'), share: 0.4 } as TrainEvent)).toBe(0.4)
  const done: TrainEvent = { type: 'done', epochs: 2, bestEpoch: 1, reason: 'all epochs' }
  expect(shareOf(done)).toBe(1)
})
