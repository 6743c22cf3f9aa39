import type { Estimator } from '../estimator.ts'
import { type Logged, neededColumn, stepsOf, type Target } from '../logged.ts'

/**
 * Importance sampling over states: how often the target comes to a state at a turn, not how it got there, so that weights do not grow with
 * the length of an episode. Right where states tell all that matters for what comes next.
 */
export const mis: Estimator = {
  name: 'mis',
  title: 'marginalized importance sampling',
  levels: ['episode'],
  needs: ['states'],
  source: 'Xie, Ma and Wang, 2019',
  terms: (logged, target) => ({ top: marginalTerms(logged, target) }),
}

interface State {
  /** How many units came to it. */
  units: number
  /** d^π / d^π₀: how much more often the target does. */
  weight: number
  /** What the target earns from it on. */
  value: number
}

/**
 * V of the first state, and w(s) (ρ (r + V′) − V) of all turns: in the mean Σ w(s) ρ r, while an interval over units knows that weights and
 * values were learned of them. [units]
 */
function marginalTerms(logged: Logged, target: Target): Float64Array {
  const { start, end } = stepsOf(logged)
  const numbers = neededColumn(logged.states, 'states')
  const ratio = (step: number) => target.probabilities[step] / logged.propensities[step]
  const turns: Map<number, State>[] = []
  for (let unit = 0; unit < logged.units; unit++)
    for (let step = start(unit); step < end(unit); step++) {
      const turn = step - start(unit)
      turns[turn] ??= new Map()
      const state = turns[turn].get(numbers[step])
      if (state === undefined) turns[turn].set(numbers[step], { units: 1, weight: turn === 0 ? 1 : 0, value: 0 })
      else state.units++
    }
  const stateOf = (unit: number, turn: number) => {
    const step = start(unit) + turn
    return step < end(unit) ? turns[turn].get(numbers[step]) : undefined
  }
  for (let turn = 1; turn < turns.length; turn++)
    for (let unit = 0; unit < logged.units; unit++) {
      const state = stateOf(unit, turn)
      const before = stateOf(unit, turn - 1)
      if (state && before) state.weight += (before.weight * ratio(start(unit) + turn - 1)) / state.units
    }
  const paidAndNext = (unit: number, turn: number) => {
    const step = start(unit) + turn
    return ratio(step) * (logged.rewards[step] + (stateOf(unit, turn + 1)?.value ?? 0))
  }
  for (let turn = turns.length - 1; turn >= 0; turn--)
    for (let unit = 0; unit < logged.units; unit++) {
      const state = stateOf(unit, turn)
      if (state) state.value += paidAndNext(unit, turn) / state.units
    }
  return Float64Array.from({ length: logged.units }, (_, unit) => {
    let term = stateOf(unit, 0)?.value ?? 0
    for (let turn = 0; start(unit) + turn < end(unit); turn++) {
      const state = stateOf(unit, turn)
      if (state) term += state.weight * (paidAndNext(unit, turn) - state.value)
    }
    return term
  })
}
