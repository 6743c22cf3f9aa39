import type { Sym } from '../../tensor/index.ts'
import * as t from '../../tensor/index.ts'

const LOG_ROOT_OF_TWO_PI = 0.5 * Math.log(2 * Math.PI)

/**
 * log N(a; μ, σ²) = −(a − μ)² / 2σ² − log σ − ½ log 2π, elementwise, of what was taken then. Nothing is passed to what was taken.
 * @param action a, stored
 * @param mean μ, of the shape of a
 * @param logDeviation log σ, which may broadcast
 */
export function gaussianLogProbability(action: Sym, mean: Sym, logDeviation: Sym): Sym {
  const distance = t.multiply(t.subtract(t.stopGradient(action), mean), t.exp(t.negate(logDeviation))) // (a − μ) / σ
  return t.subtract(t.multiply(t.square(distance), -0.5), t.add(logDeviation, LOG_ROOT_OF_TWO_PI))
}

/** H(N(μ, σ²)) = ½ + ½ log 2π + log σ, whatever μ is. Elementwise. */
export function gaussianEntropy(logDeviation: Sym): Sym {
  return t.add(logDeviation, 0.5 + LOG_ROOT_OF_TWO_PI)
}
