import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { actor, observations, sceneOf, weightsOf } from '../../src/families/bridges/index.ts'
import { createRng } from '../../src/math/index.ts'
import { critic, globalState, logDeviation, mappoLoss } from '../../src/models/bridges/marco/agents.ts'
import { adam, createParameters, gradientStep } from '../../src/nn/index.ts'
import { createPrograms, grad, input } from '../../src/tensor/index.ts'
import { valuesOf } from '../checks/finite-differences.ts'

type Nested = number | readonly Nested[]
type Named = Readonly<Record<string, Nested>>

const golden = JSON.parse(readFileSync(join(import.meta.dirname, 'marco.json'), 'utf8')) as {
  readonly config: {
    readonly width: number
    readonly agents: number
    readonly hidden: number
    readonly clip: number
    readonly valueCoefficient: number
    readonly learningRate: number
    readonly epsilon: number
  }
  readonly known: readonly (readonly number[])[]
  readonly items: Nested
  readonly vectors: Nested
  readonly cases: readonly {
    readonly told: boolean
    readonly valueLoss: 'huber' | 'square'
    readonly entropy: number
    readonly rewarded: boolean
    readonly weights: Named
    readonly played: Named
    readonly expected: Named & { readonly gradients: Named; readonly weightsAfterOneStep: Named }
  }[]
}
const flat = (x: Nested): number[] => (typeof x === 'number' ? [x] : x.flatMap(flat))

describe("one MAPPO update equals PyTorch's", () => {
  const { width, agents: D, hidden, learningRate, epsilon } = golden.config
  const B = golden.known.length

  it.each(golden.cases)('told $told, $valueLoss, entropy $entropy, rewarded $rewarded', async (given) => {
    const parameters = createParameters(createRng(1))
    const known = input('known', [B, D])
    const scene = sceneOf(input('items', [B, width]), { vectors: input('vectors', [B, D, width]), known })
    const observed = observations(scene, given)
    const policy = {
      means: actor(parameters, observed, hidden),
      logDeviation: logDeviation(parameters),
      values: critic(parameters, globalState(scene), observed, hidden),
      known,
    }
    const played = Object.fromEntries(Object.keys(given.played).map((name) => [name, input(name, [B, D])]))
    const { loss, outputs } = mappoLoss(policy, played as never, { ...golden.config, ...given })
    const told = {
      ...outputs,
      loss,
      means: policy.means,
      values: policy.values,
      weights: weightsOf(policy.means, known),
    }

    expect([...parameters.tensors.keys()].sort()).toEqual(Object.keys(given.weights).sort())
    const values = Object.fromEntries(
      Object.entries({
        ...given.weights,
        ...given.played,
        known: golden.known,
        items: golden.items,
        vectors: golden.vectors,
      }).map(([name, nested]) => [name, flat(nested)]),
    )
    const found = valuesOf(Object.values(told), values)
    for (const [i, name] of Object.keys(told).entries())
      expectNear(name, found[i], flat(given.expected[name]), name === 'loss' ? undefined : golden.known.flat())
    const gradients = valuesOf(grad(loss, [...parameters.symbols.values()]), values)
    for (const [i, name] of [...parameters.symbols.keys()].entries())
      expectNear(`gradient of ${name}`, gradients[i], flat(given.expected.gradients[name]))

    const programs = createPrograms({ threads: 1 })
    for (const [name, { data }] of parameters.tensors) data.set(values[name])
    const step = gradientStep({ loss, parameters, optimizer: adam({ learningRate, epsilon }), outputs, programs })
    const feeds = Object.fromEntries(
      [...Object.keys(played), 'known', 'items', 'vectors'].map((name) => {
        const shape = { items: [B, width], vectors: [B, D, width] }[name] ?? [B, D]
        return [name, { shape, data: Float32Array.from(values[name]) }]
      }),
    )
    await step.run(feeds)
    // Adam turns what rounding leaves of an exact zero into a step.
    for (const [name, { data }] of parameters.tensors) {
      const counts = flat(given.expected.gradients[name]).map((g) => (Math.abs(g) > 1e-5 ? 1 : 0))
      expectNear(`${name} after a step`, data, flat(given.expected.weightsAfterOneStep[name]), counts, 2e-6)
    }
    const { out } = await step.run(feeds)
    expectNear(
      'ratios after a step',
      out.ratios.data,
      flat(given.expected.ratiosAfterOneStep),
      golden.known.flat(),
      1e-5,
    )
    await programs.dispose()
  })
})

/** Within rounding of nine digits; where `counts` is 0 nothing is expected. */
function expectNear(
  what: string,
  ours: ArrayLike<number>,
  theirs: readonly number[],
  counts?: readonly number[],
  tolerance = 1e-7,
): void {
  expect(ours.length, what).toBe(theirs.length)
  for (const [i, x] of theirs.entries())
    if (counts === undefined || counts.length !== theirs.length || counts[i] === 1)
      expect(Math.abs(ours[i] - x), `${what}, place ${i}: ${ours[i]} and ${x}`).toBeLessThan(
        tolerance * (1 + Math.abs(x)),
      )
}
