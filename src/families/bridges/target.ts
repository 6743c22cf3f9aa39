import type { Dataset, Tensor } from '../../core/index.ts'
import type { Rng } from '../../math/index.ts'
import { createParameters, type Feeds, type Parameters } from '../../nn/index.ts'
import { input, multiply, type Programs, runWith, type Sym, sum } from '../../tensor/index.ts'
import type { Factors } from './factors.ts'
import { type BoundInputs, type BridgeInputs, type BridgeNetwork, bridgeInputs } from './network.ts'
import type { Asked, createPeople, Person } from './people.ts'
import type { BridgeRoles } from './roles.ts'

/** One domain that is learned for, with its network; where it hears itself, it stands behind its sources as one of them. */
export interface BridgeTarget extends BridgeRoles {
  readonly name: string
  readonly factors: Factors
  readonly parameters: Parameters
  readonly programs: Programs
  readonly inputs: BoundInputs
  readonly network: BridgeNetwork
  /** Whether the network hears the target itself, of users who are known in it and in another source. */
  readonly hearsItself: boolean
  /** Training rows of the target whose users are known in another source. */
  readonly rows: Int32Array
  personOf(asked: Asked): Person
  /** The states of people, [B, …] each. */
  states(people: readonly Person[]): Promise<Feeds>
  /** What is told of pairs: of each the place of a person in `states`, and an item of the target. `rating` [P] lacks what the item adds by itself. */
  pairs(states: Feeds, places: Int32Array, items: Int32Array): Promise<Feeds>
}

export function createTarget(
  dataset: Dataset,
  { target, sources: others }: BridgeRoles,
  parts: {
    readonly factors: Factors
    readonly people: ReturnType<typeof createPeople>
    readonly programs: Programs
    readonly rng: Rng
    readonly hearsItself: boolean
  },
  build: (parameters: Parameters, inputs: BridgeInputs) => BridgeNetwork,
): BridgeTarget {
  const { factors, people, programs, hearsItself } = parts
  const sources = hearsItself ? [...others, target] : others
  const name = dataset.domains[target]
  const parameters = createParameters(parts.rng.split('target', name))
  const inputs = bridgeInputs(factors, dataset.domains, { target, sources })
  const network = build(parameters, inputs)
  const weights = (): Feeds => Object.fromEntries(parameters.tensors)
  const pairStates = Object.fromEntries(
    Object.entries(network.states).map(([state, { shape }]) => [
      state,
      input(`state/${state}`, ['P', ...shape.slice(1)]),
    ]),
  )
  const predictions = predictionsOf(network, pairStates, input('items', ['P', factors.width]))
  const { log } = dataset
  const known = (user: number) => others.some((d) => factors.trained(d, user) !== undefined)
  return {
    ...{ target, sources, hearsItself, name, factors, parameters, programs, inputs, network },
    rows: factors.domains[target]?.rows.filter((row) => known(log.user[row])) ?? new Int32Array(0),
    personOf(asked) {
      const person = people(asked, sources)
      // Who is known in the target alone has a vector there, and no bridge would better it.
      const isKnown = person.there.slice(0, others.length).some((there) => there !== undefined)
      return isKnown ? person : { there: sources.map(() => undefined), offset: 0 }
    },
    async states(someone) {
      const program = await programs.compile({ ...network.states }, `${name}/states`)
      return runWith(program, { ...weights(), ...inputs.feeds(someone) })
    },
    async pairs(states, places, items) {
      const program = await programs.compile(predictions, `${name}/pairs`)
      const feeds: Record<string, Tensor> = { items: itemRows(factors, items) }
      for (const [state, tensor] of Object.entries(states)) feeds[`state/${state}`] = rowsAt(tensor, places)
      return runWith(program, { ...weights(), ...feeds })
    },
  }
}

/** `rating` of pairs, and what else a network says of them. */
export function predictionsOf(
  network: BridgeNetwork,
  states: Readonly<Record<string, Sym>>,
  items: Sym,
): { readonly rating: Sym } & Readonly<Record<string, Sym>> {
  return network.predict?.(states, items) ?? { rating: sum(multiply(states.vector, items), 1) }
}

/** Vectors of items, [N, n]. */
export function itemRows({ width, itemVectors }: Factors, items: Int32Array): Tensor<Float32Array> {
  const data = new Float32Array(items.length * width)
  itemVectors(items, data)
  return { shape: [items.length, width], data }
}

/** Rows of axis 0 in a given order. */
export function rowsAt({ shape, data }: Tensor, places: Int32Array): Tensor {
  const size = shape.slice(1).reduce((a, b) => a * b, 1)
  const rows = new Float32Array(places.length * size)
  for (let i = 0; i < places.length; i++) {
    const [from, to] = [places[i] * size, i * size]
    for (let j = 0; j < size; j++) rows[to + j] = data[from + j]
  }
  return { shape: [places.length, ...shape.slice(1)], data: rows }
}
