import { choleskyFactor, choleskySolve } from '../math/index.ts'
import { type Features, type Logged, neededColumn, stepsOf, type Target } from './logged.ts'

/** What a target is expected to earn from a step on, linear in features, with weights of its own for each turn. */
export interface FittedQ {
  /** Q(s, a) = θᵀφ(s, a) of a step that was logged. [steps] */
  readonly ofShown: Float64Array
  /** V(s) = θᵀφ(s, π). [steps] */
  readonly ofTarget: Float64Array
}

/** One turn's regression. */
interface Turn {
  /** Cholesky's factor of Σ φφᵀ + λ. [width × width] */
  readonly factor: Float64Array
  /** θ. [width] */
  readonly coefficients: Float64Array
}

/**
 * Fitted Q evaluation from the last turn to the first: r + V of the next step, regressed on features (Duan, Jia and Wang, 2020, with a
 * regression for each turn, since users leave). A coefficient is held to 0 as by one row of ordinary size.
 * @param learnsFrom the units of which it learns; it speaks of all
 */
export function fittedQ(logged: Logged, target: Target, learnsFrom: (unit: number) => boolean): FittedQ {
  const turns = fitTurns(logged, target, learnsFrom)
  return judged(logged, target, turns)
}

/**
 * What each unit adds to fitted Q evaluation with what its own rows did to the fit, so that an interval over units knows that Q was
 * learned of them: V of its first step, and νᵀφ (r + V′ − Q) of all, where νᵀφ is how much more often the target comes to such a step.
 * [units]
 */
export function fittedQTerms(logged: Logged, target: Target): Float64Array {
  const { start, end } = stepsOf(logged)
  const [shown, asked] = bothFeatures(logged, target)
  const { width } = shown
  const turns = fitTurns(logged, target, () => true)
  const { ofShown, ofTarget } = judged(logged, target, turns)
  const terms = new Float64Array(logged.units)
  let comes = new Float64Array(width) // Σ φ(s, π) of the steps to which the target comes
  for (let unit = 0; unit < logged.units; unit++) {
    if (end(unit) === start(unit)) continue
    terms[unit] = ofTarget[start(unit)]
    addRow(comes, asked, start(unit), 1)
  }
  for (const [turn, { factor }] of turns.entries()) {
    choleskySolve(factor, width, comes) // ν
    const next = new Float64Array(width)
    for (let unit = 0; unit < logged.units; unit++) {
      const step = start(unit) + turn
      if (step >= end(unit)) continue
      const weight = product(comes, shown, step)
      const onward = step + 1 < end(unit) ? ofTarget[step + 1] : 0
      terms[unit] += weight * (logged.rewards[step] + onward - ofShown[step])
      if (step + 1 < end(unit)) addRow(next, asked, step + 1, weight)
    }
    comes = next
  }
  return terms
}

function fitTurns(logged: Logged, target: Target, learnsFrom: (unit: number) => boolean): Turn[] {
  const { start, end } = stepsOf(logged)
  const [shown, asked] = bothFeatures(logged, target)
  const { width } = shown
  let count = 0
  for (let unit = 0; unit < logged.units; unit++) count = Math.max(count, end(unit) - start(unit))
  const turns: Turn[] = new Array(count)
  for (let turn = count - 1; turn >= 0; turn--) {
    const factor = new Float64Array(width * width)
    const coefficients = new Float64Array(width)
    let rows = 0
    for (let unit = 0; unit < logged.units; unit++) {
      const step = start(unit) + turn
      if (step >= end(unit) || !learnsFrom(unit)) continue
      const onward = step + 1 < end(unit) ? product(turns[turn + 1].coefficients, asked, step + 1) : 0
      addRow(coefficients, shown, step, logged.rewards[step] + onward)
      addSquare(factor, shown, step)
      rows++
    }
    let trace = 0
    for (let i = 0; i < width; i++) trace += factor[i * width + i]
    const ridge = trace > 0 ? trace / (width * rows) : 1
    for (let i = 0; i < width; i++) factor[i * width + i] += ridge
    choleskyFactor(factor, width)
    choleskySolve(factor, width, coefficients)
    turns[turn] = { factor, coefficients }
  }
  return turns
}

function judged(logged: Logged, target: Target, turns: readonly Turn[]): FittedQ {
  const { count, start, end } = stepsOf(logged)
  const [shown, asked] = bothFeatures(logged, target)
  const ofShown = new Float64Array(count)
  const ofTarget = new Float64Array(count)
  for (let unit = 0; unit < logged.units; unit++)
    for (let step = start(unit); step < end(unit); step++) {
      const { coefficients } = turns[step - start(unit)]
      ofShown[step] = product(coefficients, shown, step)
      ofTarget[step] = product(coefficients, asked, step)
    }
  return { ofShown, ofTarget }
}

function bothFeatures(logged: Logged, target: Target): [Features, Features] {
  return [neededColumn(logged.features, 'features'), neededColumn(target.features, 'features of the target')]
}

function product(vector: Float64Array, { width, data }: Features, row: number): number {
  let sum = 0
  for (let i = 0; i < width; i++) sum += vector[i] * data[row * width + i]
  return sum
}

function addRow(into: Float64Array, { width, data }: Features, row: number, times: number): void {
  for (let i = 0; i < width; i++) into[i] += times * data[row * width + i]
}

/** The lower triangle. */
function addSquare(into: Float64Array, { width, data }: Features, row: number): void {
  for (let i = 0; i < width; i++)
    for (let j = 0; j <= i; j++) into[i * width + j] += data[row * width + i] * data[row * width + j]
}
