import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { NamedTensors, Tensor } from '../../src/core/index.ts'
import { buildDataset } from '../../src/data/index.ts'
import { emptyWindows } from '../../src/families/acting/index.ts'
import { createRng } from '../../src/math/index.ts'
import { loadWeights } from '../../src/nn/index.ts'
import { createCritic } from '../../src/policies/il-rec/critic.ts'
import { createDiscriminator } from '../../src/policies/il-rec/discriminator.ts'
import { evaluatedStates, trackerFeatures } from '../../src/policies/il-rec/features.ts'
import { createNetwork } from '../../src/policies/il-rec/network.ts'
import { createPolicyStep } from '../../src/policies/il-rec/policy-step.ts'
import { createPrograms, input } from '../../src/tensor/index.ts'

type Nested = number | readonly Nested[]
type Named = Readonly<Record<string, Nested>>

const golden = JSON.parse(readFileSync(join(import.meta.dirname, 'il-rec.json'), 'utf8')) as {
  readonly config: Readonly<Record<string, number>>
  readonly cases: readonly {
    readonly user: 'vector' | 'none'
    readonly policy: Named
    readonly critic: Named
    readonly discriminator: Named
    readonly batches: readonly Named[]
    readonly expected: {
      readonly steps: readonly { states: Nested; logits: Nested; chances: Nested; losses: Record<string, number> }[]
      readonly policy: Named
      readonly leastGradients: Named
      readonly critic: Named
      readonly discriminator: Named
    }
  }[]
}
const flat = (x: Nested): number[] => (typeof x === 'number' ? [x] : x.flatMap(flat))

describe("three updates of il-rec equal PyTorch's", () => {
  const { width, window, layers, heads, actions: A, users: U, batch: B, rate, targetEvery } = golden.config
  const shape = { width, window, layers, heads, clamp: golden.config.clamp, past: 1, dropout: 0 }

  it.each(golden.cases)('with user=$user', async (given) => {
    const rng = createRng(1)
    const programs = createPrograms({ threads: 1 })
    const network = createNetwork({ ...shape, user: given.user }, world(U, A), A, rng)
    loadWeights(network.weights(), tensorsLike(network.weights(), given.policy))
    const critic = createCritic({ width, criticLearningRate: rate, targetEvery, tau: 1 }, A, rng, programs)
    begin(critic.state, given.critic)
    for (const [name, { data }] of critic.state)
      if (name.startsWith('target/')) data.set(flat(given.critic[name.slice('target/'.length)]))
    const limits = { rowNorm: 100, biasLimit: 100, advantageClip: golden.config.clip, normalizeAdvantages: true }
    const weighs = { entropyCoefficient: golden.config.entropy, imitation: golden.config.imitation }
    const policy = createPolicyStep({ ...limits, ...weighs, dropout: 0, learningRate: rate }, network, critic, programs)
    const features = trackerFeatures(network)
    const judge = { discriminatorHidden: golden.config.hidden, discriminatorLearningRate: rate, labelSmoothing: 1 }
    const discriminator = createDiscriminator(judge, features.width, rng, programs)
    begin(discriminator.state, given.discriminator)
    const statesOf = evaluatedStates(network, programs)
    const logitsOf = async (states: Float32Array) => {
      const program = await programs.compile({ logits: network.act(input('given', ['B', width])) }, 'logits')
      const weights = Object.fromEntries(network.parameters.tensors)
      const feeds = { given: { shape: [B, width], data: states }, ...weights }
      const read = program.inputs.map((name) => [name, feeds[name as keyof typeof feeds] as Tensor] as const)
      return (await program.run(Object.fromEntries(read))).logits.data as Float32Array
    }

    for (const [s, batch] of given.batches.entries()) {
      const floats = (name: string) => Float32Array.from(flat(batch[name]))
      const ints = (name: string) => Int32Array.from(flat(batch[name]))
      const windows = emptyWindows(B, window)
      windows.items.set(ints('items'))
      windows.rewards.set(floats('rewards'))
      windows.users.set(ints('users'))
      const [taken, demonstrated, weights] = [ints('actions'), floats('demonstrated'), floats('weights')]
      const expected = given.expected.steps[s]
      const states = await statesOf(windows)
      expectNear('states', states, flat(expected.states))
      expectNear('states with nothing dropped', await policy.states(windows, rng), flat(expected.states))
      expectNear('logits', await logitsOf(states), flat(expected.logits))
      const pairs = features.of(
        windows,
        states,
        taken.map((column) => column + 1),
      )
      expectNear('chances', await discriminator.chances(pairs), flat(expected.chances))
      const rows = (wanted: number) => Int32Array.from(demonstrated.keys()).filter((b) => demonstrated[b] === wanted)
      const part = (wanted: number) =>
        Float32Array.from([...rows(wanted)].flatMap((b) => [...pairs.subarray(2 * width * b, 2 * width * (b + 1))]))
      expect(await discriminator.learn(part(1), part(0))).toBeCloseTo(expected.losses.discriminator, 5)
      const criticLoss = await critic.learn({
        states,
        next: floats('next'),
        actions: taken,
        rewards: floats('paid'),
        discounts: floats('done').map((done) => golden.config.gamma * (1 - done)),
        weights: weights.map((w, b) => (demonstrated[b] === 1 ? w : 1)),
      })
      expect(criticLoss).toBeCloseTo(expected.losses.critic, 4)
      const losses = await policy.learn({ windows, actions: taken, demonstrated, weights }, rng)
      for (const name of ['loss', 'actor', 'imitation'] as const)
        expect(losses[name], name).toBeCloseTo(expected.losses[name], 5)
    }
    for (const [name, { data }] of network.weights()) {
      // Adam turns what rounding leaves of an exact zero into a step.
      const counts = flat(given.expected.leastGradients[name]).map((g) => g > 1e-5)
      expectNear(name, data, flat(given.expected.policy[name]), 2e-5, counts)
    }
    for (const [state, after] of [
      [critic.state, given.expected.critic],
      [discriminator.state, given.expected.discriminator],
    ] as const)
      for (const [name, values] of Object.entries(after)) expectNear(name, state.get(name)!.data, flat(values), 2e-5)
    await programs.dispose()
  })
})

/** U users and A items, the ids of which are those of PyTorch's tables. */
function world(users: number, items: number) {
  const rows = Array.from({ length: Math.max(users, items) }, (_, row) => row)
  return buildDataset('golden', {
    user: rows.map((row) => `u${row % users}`),
    item: rows.map((row) => `i${row % items}`),
    domain: rows.map(() => 'shop'),
  })
}

function tensorsLike(live: NamedTensors, values: Named): NamedTensors {
  expect([...live.keys()].sort()).toEqual(Object.keys(values).sort())
  return new Map([...live].map(([name, { shape }]) => [name, { shape, data: Float32Array.from(flat(values[name])) }]))
}

function begin(state: NamedTensors, values: Named): void {
  for (const [name, nested] of Object.entries(values)) state.get(name)!.data.set(flat(nested))
}

function expectNear(
  what: string,
  found: ArrayLike<number>,
  expected: readonly number[],
  tolerance = 5e-5,
  counts?: readonly boolean[],
): void {
  expect(found.length, what).toBe(expected.length)
  for (const [i, value] of expected.entries())
    if (counts?.[i] !== false)
      expect(Math.abs(found[i] - value), `${what}[${i}]`).toBeLessThan(tolerance * (1 + Math.abs(value)))
}
