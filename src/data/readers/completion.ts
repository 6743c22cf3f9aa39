import { TributaryError } from '../../core/index.ts'
import { createRng } from '../../math/index.ts'

/** Some cells of a matrix. */
export interface ObservedCells {
  readonly rows: number
  readonly columns: number
  readonly row: Int32Array
  readonly column: Int32Array
  readonly value: Float32Array
}

export interface Completion {
  readonly width: number
  /** [rows × width] */
  readonly rowFactors: Float32Array
  /** [columns × width] */
  readonly columnFactors: Float32Array
  /** The penalty that told held-out cells best, of `RIDGES`. */
  readonly ridge: number
  /** Root mean squared error over the held-out tenth: of the completion, and of the mean of the others alone. */
  readonly heldOut: { readonly rmse: number; readonly meanRmse: number }
}

export const RIDGES = [3, 10, 30, 100] as const
const SWEEPS = 10
/** The standard deviation of the factors that the first sweep starts from: small beside any rating, but not 0, where it would stay. */
const START = 0.1

/**
 * Completes a matrix from some of its cells: mean + bias of the row + bias of the column + product of `rank` factors, by alternating
 * least squares with a penalty on all but the mean (Koren, Bell, Volinsky 2009). A tenth of the cells chooses the penalty; the
 * factors are then fitted to all. Mean and biases are part of the factors, whose width is rank + 2. The same cells give the
 * same bits.
 * @throws TributaryError `bad-argument` for fewer than ten cells
 */
export function completeMatrix(cells: ObservedCells, rank = 8): Completion {
  const length = cells.value.length
  if (length < 10) {
    throw new TributaryError(
      'bad-argument',
      `a matrix cannot be completed from ${length} cells; at least ten are needed`,
    )
  }
  const rng = createRng(0).split('matrix completion')
  const held = Uint8Array.from(cells.value, () => (rng.float() < 0.1 ? 1 : 0))
  held[0] = 1
  held[1] = 0
  const fitted = select(cells, held, 0)
  const others = select(cells, held, 1)
  let best: { ridge: number; rmse: number } | undefined
  for (const ridge of RIDGES) {
    const rmse = error(factorize(fitted, rank, ridge), others)
    if (best === undefined || rmse < best.rmse) best = { ridge, rmse }
  }
  const { ridge, rmse } = best!
  const mean = meanOf(fitted.value)
  const meanRmse = Math.sqrt(others.value.reduce((sum, value) => sum + (value - mean) ** 2, 0) / others.value.length)
  return { ...factorize(cells, rank, ridge), ridge, heldOut: { rmse, meanRmse } }
}

type Factors = Pick<Completion, 'width' | 'rowFactors' | 'columnFactors'>

/** Rows and columns are solved in turn, each against the other's factors as they stand. */
function factorize(cells: ObservedCells, rank: number, ridge: number): Factors {
  const { rows, columns } = cells
  const width = rank + 2
  const mean = meanOf(cells.value)
  // Of a row: factors, its bias, 1; of a column: factors, 1, its bias. Their product is the prediction without the mean.
  const rowFactors = new Float64Array(rows * width)
  const columnFactors = new Float64Array(columns * width)
  for (let row = 0; row < rows; row++) rowFactors[row * width + rank + 1] = 1
  const rng = createRng(0).split('factors')
  for (let column = 0; column < columns; column++) {
    for (let f = 0; f < rank; f++) columnFactors[column * width + f] = START * rng.normal()
    columnFactors[column * width + rank] = 1
  }
  const residual = Float64Array.from(cells.value, (value) => value - mean)
  const byRow = groups(cells.row, rows)
  const byColumn = groups(cells.column, columns)
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    solveSide(byRow, cells.column, residual, columnFactors, rank + 1, rowFactors, rank, width, ridge)
    solveSide(byColumn, cells.row, residual, rowFactors, rank, columnFactors, rank + 1, width, ridge)
  }
  for (let row = 0; row < rows; row++) rowFactors[row * width + rank] += mean
  return { width, rowFactors: Float32Array.from(rowFactors), columnFactors: Float32Array.from(columnFactors) }
}

/**
 * For each entity the factors and the bias that fit its cells best, ridge · |θ|² added. The other side's bias, at `otherBias`, is taken
 * from the target; its constant 1, at `bias`, is what the own bias is multiplied by.
 */
function solveSide(
  { order, start }: Groups,
  other: Int32Array,
  residual: Float64Array,
  otherFactors: Float64Array,
  otherBias: number,
  factors: Float64Array,
  bias: number,
  width: number,
  ridge: number,
): void {
  const unknowns = width - 1
  const matrix = new Float64Array(unknowns * unknowns)
  const target = new Float64Array(unknowns)
  // Where the unknowns stand in a vector of factors: the rank factors first, then the bias.
  const places = Array.from({ length: unknowns }, (_, f) => (f < unknowns - 1 ? f : bias))
  const features = new Float64Array(unknowns)
  for (let entity = 0; entity + 1 < start.length; entity++) {
    matrix.fill(0)
    target.fill(0)
    for (let n = start[entity]; n < start[entity + 1]; n++) {
      const cell = order[n]
      const at = other[cell] * width
      for (let f = 0; f < unknowns; f++) features[f] = otherFactors[at + places[f]]
      const y = residual[cell] - otherFactors[at + otherBias]
      for (let f = 0; f < unknowns; f++) {
        target[f] += features[f] * y
        for (let g = 0; g <= f; g++) matrix[f * unknowns + g] += features[f] * features[g]
      }
    }
    for (let f = 0; f < unknowns; f++) matrix[f * unknowns + f] += ridge
    solve(matrix, target, unknowns)
    for (let f = 0; f < unknowns; f++) factors[entity * width + places[f]] = target[f]
  }
}

/** Solves A x = b in place by Cholesky; A symmetric positive definite, its lower triangle given. [n × n], [n] */
function solve(a: Float64Array, b: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) {
    for (let j = 0; j <= i; j++) {
      let sum = a[i * n + j]
      for (let k = 0; k < j; k++) sum -= a[i * n + k] * a[j * n + k]
      a[i * n + j] = i === j ? Math.sqrt(sum) : sum / a[j * n + j]
    }
    for (let k = 0; k < i; k++) b[i] -= a[i * n + k] * b[k]
    b[i] /= a[i * n + i]
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let k = i + 1; k < n; k++) b[i] -= a[k * n + i] * b[k]
    b[i] /= a[i * n + i]
  }
}

interface Groups {
  /** Cells of entity e are order[start[e]] … order[start[e + 1] − 1]. */
  readonly order: Int32Array
  readonly start: Int32Array
}

function groups(entity: Int32Array, entities: number): Groups {
  const start = new Int32Array(entities + 1)
  for (const e of entity) start[e + 1]++
  for (let e = 0; e < entities; e++) start[e + 1] += start[e]
  const order = new Int32Array(entity.length)
  const next = start.slice()
  for (let cell = 0; cell < entity.length; cell++) order[next[entity[cell]]++] = cell
  return { order, start }
}

function select(cells: ObservedCells, held: Uint8Array, wanted: 0 | 1): ObservedCells {
  const kept = (_: number, cell: number) => held[cell] === wanted
  const { rows, columns } = cells
  return {
    rows,
    columns,
    row: cells.row.filter(kept),
    column: cells.column.filter(kept),
    value: cells.value.filter(kept),
  }
}

function error({ width, rowFactors, columnFactors }: Factors, cells: ObservedCells): number {
  let squares = 0
  for (let cell = 0; cell < cells.value.length; cell++) {
    let predicted = 0
    const [r, c] = [cells.row[cell] * width, cells.column[cell] * width]
    for (let f = 0; f < width; f++) predicted += rowFactors[r + f] * columnFactors[c + f]
    squares += (predicted - cells.value[cell]) ** 2
  }
  return Math.sqrt(squares / cells.value.length)
}

function meanOf(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
