import fc from 'fast-check'
import { expect, test } from 'vitest'
import { emptyWindows } from '../families/acting/index.ts'
import { createRng } from '../math/index.ts'
import { createReplay, epsilonAt, epsilonGreedily } from './dqn.ts'

test('ε-greedy by hand: the first of the best items, and every one now and then', () => {
  const rounded = [...epsilonGreedily(Float32Array.of(1, 3, 3, 0, 2, 1, 1, 1), 2, 0.4)].map((p) => Number(p.toFixed(4)))
  expect(rounded).toEqual([0.1, 0.7, 0.1, 0.1, 0.7, 0.1, 0.1, 0.1])
})

test('ε falls from 1 in equal steps over the share of the training, and stays', () => {
  const schedule = [1, 2, 3, 4, 5, 6, 10].map((block) => epsilonAt(block, 10, { epsilon: 0.2, exploration: 0.4 }))
  expect(schedule.map((value) => Number(value.toFixed(4)))).toEqual([1, 0.8, 0.6, 0.4, 0.2, 0.2, 0.2])
  expect(epsilonAt(1, 10, { epsilon: 0.2, exploration: 0 })).toBe(0.2)
})

test('the memory keeps the newest turns, each with the state that followed', () => {
  const window = 2
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 9 }),
      fc.array(fc.integer({ min: 1, max: 5 }), { maxLength: 6 }),
      (capacity, lengths) => {
        const replay = createReplay(capacity, window)
        let turns = 0
        for (const length of lengths) {
          const windows = emptyWindows(length, window)
          // A turn's number stands in its window, its action and its reward; the turns are one episode.
          for (let t = 0; t < length; t++) windows.items[t * window + 1] = turns + t + 1
          const numbers = Int32Array.from({ length }, (_, t) => turns + t + 1)
          replay.add({
            windows,
            actions: numbers,
            rewards: Float32Array.from(numbers),
            next: numbers.map((_, t) => (t + 1 === length ? -1 : t + 1)),
          })
          turns += length
        }
        expect(replay.written()).toBe(turns)
        if (turns === 0) return
        const ends = new Set(lengths.map((_, i) => lengths.slice(0, i + 1).reduce((sum, length) => sum + length, 0)))
        const drawn = replay.draw(30, createRng(1).split('test'))
        for (const [i, number] of drawn.actions.entries()) {
          expect(number).toBeGreaterThan(Math.max(0, turns - capacity))
          expect(drawn.rewards[i]).toBe(number)
          expect(drawn.before.items[i * window + 1]).toBe(number)
          expect(drawn.last[i]).toBe(Number(ends.has(number)))
          if (!ends.has(number)) expect(drawn.after.items[i * window + 1]).toBe(number + 1)
        }
      },
    ),
    { numRuns: 50 },
  )
})
