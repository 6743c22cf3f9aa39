import type { Tensor } from '../../core/index.ts'

export interface ActorLimits {
  /** The largest L2 norm of a row. */
  readonly rowNorm: number
  /** The largest bias. */
  readonly biasLimit: number
  /** Of the Adam that moves them. */
  readonly learningRate: number
}

/**
 * However its gradients come, Adam with β 0.9 and 0.999 moves no weight by more than (1 − β₁) / √((1 − β₂)(1 − β₁² / β₂)) = 7.27 learning
 * rates in a step (Cauchy and Schwarz over its moments).
 */
const MOST_STEP = 7.3

/**
 * Brings the actor back to its limits after each step: rows that are too long are shortened, biases clamped. As long as nothing can have reached
 * its limit since it was last looked at, it is not looked at: the result is the same.
 * @returns what to call after each step; whether it looked
 */
export function actorProjection(weight: Tensor<Float32Array>, bias: Tensor<Float32Array>, limits: ActorLimits) {
  const width = weight.shape[1]
  const { rowNorm, biasLimit, learningRate } = limits
  const [rowStep, biasStep] = [MOST_STEP * learningRate * Math.sqrt(width), MOST_STEP * learningRate]
  /** Steps that may pass before a limit can be reached. */
  let free = 0
  return (): boolean => {
    if (free > 0) {
      free--
      return false
    }
    const longest = projectRows(weight.data, width, rowNorm)
    const largest = clampAll(bias.data, biasLimit)
    free = Math.floor(Math.min((rowNorm - longest) / rowStep, (biasLimit - largest) / biasStep))
    return true
  }
}

/** Shortens rows to `most`; returns the longest norm then. */
function projectRows(data: Float32Array, width: number, most: number): number {
  let longest = 0
  for (let start = 0; start < data.length; start += width) {
    let squares = 0
    for (let i = start; i < start + width; i++) squares += data[i] * data[i]
    const norm = Math.sqrt(squares)
    if (norm > most) for (let i = start; i < start + width; i++) data[i] = data[i] * (most / norm)
    longest = Math.max(longest, Math.min(norm, most))
  }
  return longest
}

/** Clamps to ±most; returns the largest size then. */
function clampAll(data: Float32Array, most: number): number {
  let largest = 0
  for (let i = 0; i < data.length; i++) {
    const kept = Math.min(most, Math.max(-most, data[i]))
    data[i] = kept
    largest = Math.max(largest, Math.abs(kept))
  }
  return largest
}
