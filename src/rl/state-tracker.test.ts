import { expect, test } from 'vitest'
import { createRng } from '../core/index.ts'
import { createParameters } from '../nn/index.ts'
import { compile, input } from '../tensor/index.ts'
import { stateTracker } from './state-tracker.ts'

test('average: the mean of the rows that are there, by hand', async () => {
  const tracker = stateTracker(
    'average',
    { width: 2, window: 3, layers: 1, heads: 1, filters: 1 },
    createParameters(createRng(1)),
  )
  const state = tracker.encode({ rows: input('rows', ['B', 3, 2]), keep: input('keep', ['B', 3]) })
  const program = await compile({ state })
  const rows = Float32Array.of(9, 9, 1, 2, 3, 6, 1, 1, 2, 2, 6, 0)
  const out = await program.run({
    rows: { shape: [2, 3, 2], data: rows },
    keep: { shape: [2, 3], data: Float32Array.of(0, 1, 1, 1, 1, 1) },
  })
  expect([...out.state!.data]).toEqual([2, 4, 3, 1])
  await program.dispose()
})
