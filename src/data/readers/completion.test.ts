import { expect, test } from 'vitest'
import { createRng } from '../../math/rng.ts'
import { completeMatrix, RIDGES } from './completion.ts'

const ROWS = 120
const COLUMNS = 80

/** A matrix of rank 2 with biases, of which a share is seen, with noise. */
function world(share: number, noise: number) {
  const rng = createRng(7)
  const p = Array.from({ length: ROWS * 2 }, () => rng.normal())
  const q = Array.from({ length: COLUMNS * 2 }, () => rng.normal())
  const a = Array.from({ length: ROWS }, () => 0.5 * rng.normal())
  const b = Array.from({ length: COLUMNS }, () => 0.5 * rng.normal())
  const truth = (r: number, c: number) => 3 + a[r] + b[c] + p[2 * r] * q[2 * c] + p[2 * r + 1] * q[2 * c + 1]
  const seen: [number, number][] = []
  for (let r = 0; r < ROWS; r++) for (let c = 0; c < COLUMNS; c++) if (rng.float() < share) seen.push([r, c])
  const cells = {
    rows: ROWS,
    columns: COLUMNS,
    row: Int32Array.from(seen, ([r]) => r),
    column: Int32Array.from(seen, ([, c]) => c),
    value: Float32Array.from(seen, ([r, c]) => truth(r, c) + noise * rng.normal()),
  }
  return { truth, cells, seen: new Set(seen.map(([r, c]) => r * COLUMNS + c)) }
}

function predict(
  { width, rowFactors, columnFactors }: ReturnType<typeof completeMatrix>,
  r: number,
  c: number,
): number {
  let sum = 0
  for (let f = 0; f < width; f++) sum += rowFactors[r * width + f] * columnFactors[c * width + f]
  return sum
}

test('cells that were never seen are told from those that were', () => {
  const { truth, cells, seen } = world(0.4, 0.2)
  const completed = completeMatrix(cells, 2)
  let squares = 0
  let spread = 0
  let unseen = 0
  for (let r = 0; r < ROWS; r++) {
    for (let c = 0; c < COLUMNS; c++) {
      if (seen.has(r * COLUMNS + c)) continue
      squares += (predict(completed, r, c) - truth(r, c)) ** 2
      spread += (3 - truth(r, c)) ** 2
      unseen++
    }
  }
  expect(Math.sqrt(squares / unseen)).toBeLessThan(0.15 * Math.sqrt(spread / unseen))
  expect(RIDGES).toContain(completed.ridge)
  // The held-out error includes the noise; the mean alone is as wrong as the matrix is wide.
  expect(completed.heldOut.rmse).toBeGreaterThan(0.2)
  expect(completed.heldOut.rmse).toBeLessThan(0.4)
  expect(completed.heldOut.meanRmse).toBeCloseTo(Math.sqrt(spread / unseen), 0)
})

test('where nothing is to be learned the heaviest penalty wins and the answer is about the mean', () => {
  const rng = createRng(3)
  const { cells } = world(0.2, 0)
  const value = Float32Array.from(cells.value, () => (rng.float() < 0.3 ? 1 : 0))
  const completed = completeMatrix({ ...cells, value })
  expect(completed.ridge).toBe(100)
  expect(completed.heldOut.rmse).toBeLessThan(completed.heldOut.meanRmse * 1.01)
})

test('an entity without a cell gets the other side’s bias, and the same cells the same bits', () => {
  const { cells } = world(0.3, 0.1)
  const wider = { ...cells, rows: ROWS + 1 }
  const completed = completeMatrix(wider, 2)
  expect(completeMatrix(wider, 2)).toEqual(completed)
  const mean = cells.value.reduce((sum, value) => sum + value, 0) / cells.value.length
  const bias = completed.columnFactors[5 * completed.width + 3]
  expect(predict(completed, ROWS, 5)).toBeCloseTo(mean + bias, 4)
})

test('too few cells are refused', () => {
  const cells = { rows: 1, columns: 1, row: new Int32Array(9), column: new Int32Array(9), value: new Float32Array(9) }
  expect(() => completeMatrix(cells)).toThrow('cannot be completed from 9 cells')
})
