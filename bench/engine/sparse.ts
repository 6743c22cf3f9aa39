/**
 * A sparse matrix and its transpose times a dense one, as a layer of a graph model and its derivative.
 *
 *   taskset -c 0 npx tsx bench/engine/sparse.ts [--rows 20000] [--columns 10000] [--entries 200000] [--width 64] [--threads 1]
 *
 * Rows are drawn evenly, columns as items are bought: column i as often as 1 / (i + 10). Prints medians of one product of each kind, and
 * of the dense product of the same result where that fits (`--dense`).
 */
import { parseArgs } from 'node:util'
import type { SparseMatrix } from '../../src/core/index.ts'
import { createRng, firstAtLeast } from '../../src/math/index.ts'
import { compile, input, matmul, release, sparseProduct } from '../../src/tensor/index.ts'

const { values: options } = parseArgs({
  options: {
    rows: { type: 'string', default: '20000' },
    columns: { type: 'string', default: '10000' },
    entries: { type: 'string', default: '200000' },
    width: { type: 'string', default: '64' },
    threads: { type: 'string', default: '1' },
    steps: { type: 'string', default: '30' },
    dense: { type: 'boolean', default: false },
  },
})
const [rows, columns, entries, width, threads, steps] = (
  ['rows', 'columns', 'entries', 'width', 'threads', 'steps'] as const
).map((name) => Number(options[name])) as [number, number, number, number, number, number]

const rng = createRng(1)
const matrix = drawMatrix()
const tensor = (shape: [number, number]) => ({
  shape,
  data: Float32Array.from({ length: shape[0] * shape[1] }, () => rng.normal()),
})
const [x, g] = [tensor([columns, width]), tensor([rows, width])]
const program = await compile(
  {
    y: sparseProduct(matrix, input('x', [columns, width])),
    back: sparseProduct(matrix, input('g', [rows, width]), { transposed: true }),
  },
  { threads },
)
const measured = await measure(async () => {
  const { y, back } = await program.run({ x, g })
  release(y.data, back.data)
})
const dense = options.dense ? { dense: await measureDense() } : {}
console.log(JSON.stringify({ rows, columns, entries, width, threads, ...measured, ...dense }))

async function measure(run: () => Promise<void>) {
  for (let i = 0; i < 3; i++) await run()
  const taken: { clock: number; processor: number }[] = []
  for (let i = 0; i < steps; i++) {
    const [clock, processor] = [performance.now(), process.cpuUsage()]
    await run()
    const { user, system } = process.cpuUsage(processor)
    taken.push({ clock: performance.now() - clock, processor: (user + system) / 1000 })
  }
  const median = (of: 'clock' | 'processor') => taken.map((one) => one[of]).sort((a, b) => a - b)[steps >> 1]
  return { milliseconds: median('clock'), processorMs: median('processor') }
}

async function measureDense() {
  const whole = { shape: [rows, columns], data: new Float32Array(rows * columns) }
  for (let row = 0; row < rows; row++)
    for (let e = matrix.offsets[row]; e < matrix.offsets[row + 1]; e++)
      whole.data[row * columns + matrix.columns[e]] = matrix.values[e]
  const [m, of] = [input('m', [rows, columns]), input('x', [columns, width])]
  const [back, by] = [input('m', [rows, columns]), input('g', [rows, width])]
  const product = await compile({ y: matmul(m, of), back: matmul(back, by, { transposeA: true }) }, { threads })
  return measure(async () => {
    const out = await product.run({ m: whole, x, g })
    release(out.y.data, out.back.data)
  })
}

function drawMatrix(): SparseMatrix {
  const sums = new Float64Array(columns)
  for (let i = 0; i < columns; i++) sums[i] = (i === 0 ? 0 : sums[i - 1]) + 1 / (i + 10)
  const drawn = Array.from({ length: rows }, () => [] as number[])
  for (let e = 0; e < entries; e++)
    drawn[rng.below(rows)].push(firstAtLeast(sums, rng.float() * sums[columns - 1], 0, columns - 1))
  const offsets = new Int32Array(rows + 1)
  for (const [row, own] of drawn.entries()) offsets[row + 1] = offsets[row] + own.length
  return {
    shape: [rows, columns],
    offsets,
    columns: Int32Array.from(drawn.flatMap((own) => own.sort((a, b) => a - b))),
    values: Float32Array.from({ length: entries }, () => rng.float()),
  }
}
