/** A round of successive halving: so many trials train to so many epochs, and the best of them go on. */
export interface Rung {
  readonly trials: number
  readonly epochs: number
}

/** Of each round, one of so many goes on. */
const KEEPS_ONE_OF = 3

/**
 * The rounds of successive halving (Jamieson and Talwalkar, Non-stochastic Best Arm Identification and Hyperparameter Optimization, AISTATS
 * 2016): all trials train a little, the best third of them three times as long, until so few are left that they train to the end.
 * @param epochs of a whole training
 */
export function rungs(trials: number, epochs: number): readonly Rung[] {
  const last = Math.max(0, Math.min(Math.floor(log3(trials)), Math.floor(log3(epochs))))
  return Array.from({ length: last + 1 }, (_, k) => ({
    trials: Math.max(1, Math.floor(trials / KEEPS_ONE_OF ** k)),
    epochs: k === last ? epochs : Math.max(1, Math.round(epochs / KEEPS_ONE_OF ** (last - k))),
  }))
}

function log3(x: number): number {
  // 3^k itself must count as k.
  return Math.log(x) / Math.log(KEEPS_ONE_OF) + 1e-9
}
