import { type Parameters, uniform, zeros } from '../../nn/index.ts'
import {
  add,
  concat,
  constant,
  type Dim,
  expand,
  matmul,
  multiply,
  reshape,
  type Sym,
  sigmoid,
  slice,
  subtract,
  tanh,
} from '../../tensor/index.ts'

/**
 * A gated recurrent unit a domain, side by side over the mixed histories: each moves on at the places that are its own and stays as it
 * is at the others, so that at every place all domains have the state that they were left in. The recurrence is unrolled, so T is a
 * number. Declares `name/{input,state}/{weight,bias}`; gates in the order reset, update, new.
 * @param x [D, B, T, in], or [1, B, T, in] where all read the same
 * @param moves 1 where a unit moves on, [D, B, T]
 * @returns [D, B, T, h]; zero before the first move
 */
export function parallelGru(parameters: Parameters, name: string, x: Sym, moves: Sym, hidden: number): Sym {
  const [D] = moves.shape as [number, Dim, number]
  const inputs = x.shape[3] as number
  const initializer = uniform(1 / Math.sqrt(hidden))
  const read = parallelLinear(parameters, `${name}/input`, x, [D, inputs, 3 * hidden])
  const weight = parameters.declare(`${name}/state/weight`, [D, hidden, 3 * hidden], initializer)
  const bias = parameters.declare(`${name}/state/bias`, [D, 1, 3 * hidden], zeros)
  return overPlaces(read, moves, hidden, (fromInput, state) => {
    const fromState = add(matmul(state, weight), bias) // [D, B, 3h]
    const part = (y: Sym, from: number, to: number) => slice(y, 2, from * hidden, to * hidden)
    const gates = sigmoid(add(part(fromInput, 0, 2), part(fromState, 0, 2)))
    const candidate = tanh(add(part(fromInput, 2, 3), multiply(part(gates, 0, 1), part(fromState, 2, 3))))
    return add(candidate, multiply(part(gates, 1, 2), subtract(state, candidate)))
  })
}

/** A dense layer a domain: x [D or 1, B, T, in] → [D, B, T, out]. Declares `name/weight` and, where it is `biased`, `name/bias`. */
export function parallelLinear(
  parameters: Parameters,
  name: string,
  x: Sym,
  [domains, inputs, outputs]: readonly [number, number, number],
  biased = true,
): Sym {
  const [n, B, T] = x.shape
  const initializer = uniform(1 / Math.sqrt(inputs))
  const weight = parameters.declare(`${name}/weight`, [domains, inputs, outputs], initializer)
  const product = matmul(reshape(x, [n, `${B}*${T}`, inputs]), weight) // [D, B·T, out]
  const sums = biased ? add(product, parameters.declare(`${name}/bias`, [domains, 1, outputs], zeros)) : product
  return reshape(sums, [domains, B, T, outputs])
}

/**
 * States of a recurrence over the places of mixed histories.
 * @param read what it reads at each place, [D, B, T, n]
 * @param step what it reads [D, B, n], and the state before [D, B, h] → the state after
 * @returns [D, B, T, h]
 */
export function overPlaces(read: Sym, moves: Sym, hidden: number, step: (read: Sym, state: Sym) => Sym): Sym {
  const [D, B, T] = moves.shape as [number, Dim, number]
  const width = read.shape[3]
  let state = expand(constant(0), [D, B, hidden])
  const states: Sym[] = []
  for (let i = 0; i < T; i++) {
    const next = step(reshape(slice(read, 2, i, i + 1), [D, B, width]), state)
    state = add(state, multiply(slice(moves, 2, i, i + 1), subtract(next, state)))
    states.push(reshape(state, [D, B, 1, hidden]))
  }
  return concat(states, 2)
}
