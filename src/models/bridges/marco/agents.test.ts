import { describe, expect, test } from 'vitest'
import { expectSlopes, normalsFor } from '../../../../test/checks/finite-differences.ts'
import { parseConfig, type Tensor } from '../../../core/index.ts'
import { sceneOf, weighedNetwork } from '../../../families/bridges/index.ts'
import { createRng } from '../../../math/index.ts'
import { adam, createParameters, gradientStep, type Parameters } from '../../../nn/index.ts'
import { createPrograms, input, mean, square, subtract } from '../../../tensor/index.ts'
import { play } from './game.ts'
import { type MarcoConfig, marco } from './index.ts'
import { teamLoss, teamOf } from './train.ts'

const [B, D, n] = [4, 3, 3]
const known = [1, 1, 1, 1, 0, 1, 0, 1, 0, 1, 1, 0]
const configOf = (set: Readonly<Record<string, unknown>> = {}) =>
  parseConfig(marco, { hidden: 4, agentHidden: 3, ...set }).config as MarcoConfig

/** Parameters as normals, large enough that every unit matters. */
function drawn({ symbols }: Parameters, seed = 5): Record<string, number[]> {
  return Object.fromEntries(
    [...symbols].map(([name, symbol], i) => [name, normalsFor(symbol, seed + i).map((x) => 0.6 * x)]),
  )
}

const scene = {
  items: normalsFor(input('items', [B, n]), 50),
  vectors: normalsFor(input('vectors', [B, D, n]), 51),
  known,
}

describe('gradients agree with finite differences', () => {
  const played = Object.fromEntries(
    ['actions', 'logProbabilities', 'advantages', 'returns', 'values'].map((name, i) => [
      `played/${name}`,
      normalsFor(input(name, [B, D]), 60 + i).map((x) => (name === 'logProbabilities' ? x - 2 : x)),
    ]),
  )

  test.each(['penalty', 'bonus'])('of actor and critic, entropy as a %s', (entropySign) => {
    const parameters = createParameters(createRng(1))
    const config = configOf({ entropySign, entropy: 0.3, clip: 0.4, agentNames: true })
    const { loss } = teamLoss(config, parameters, { width: n, agents: D, rows: B })
    const values = { ...scene, ...played, ...drawn(parameters) }
    const gradients = expectSlopes(loss, [...parameters.symbols.values()], values)
    expect(gradients.every((one) => one.some((g) => g !== 0))).toBe(true)
  })

  test('of bridges and of what weighs them, by the error of ratings', () => {
    const parameters = createParameters(createRng(1))
    const sources = Array.from({ length: D }, (_, s) => ({
      domain: s,
      name: `s${s}`,
      vector: input(`vector${s}`, [B, n]),
      known: input(`known${s}`, [B, 1]),
      rows: () => input(`rows${s}`, [B, 1]),
      behaviors: () => ({ items: input(`liked${s}`, [B, 2, n]), keep: input(`keep${s}`, [B, 2]) }),
    }))
    const network = weighedNetwork(configOf(), parameters, { width: n, target: 'target', sources })
    const { rating } = network.predict!(network.states, input('items', [B, n]))
    const loss = mean(square(subtract(rating, input('given', [B]))))
    const values: Record<string, number[]> = { ...drawn(parameters), items: scene.items, given: [1, -1, 0.5, 2] }
    for (let s = 0; s < D; s++) {
      values[`vector${s}`] = normalsFor(input('x', [B, n]), 70 + s)
      values[`known${s}`] = Array.from({ length: B }, (_, b) => known[b * D + s])
      values[`liked${s}`] = normalsFor(input('x', [B, 2, n]), 80 + s)
      values[`keep${s}`] = [1, 1, 1, 0, 0, 0, 1, 1]
    }
    const gradients = expectSlopes(loss, [...parameters.symbols.values()], values)
    expect(gradients.every((one) => one.some((g) => g !== 0))).toBe(true)
  })
})

test('the ratio is 1 where agents have learned nothing since they played, and moves after', async () => {
  const parameters = createParameters(createRng(1))
  const config = configOf({ entropy: 0 })
  const { loss, outputs } = teamLoss(config, parameters, { width: n, agents: D })
  for (const [name, values] of Object.entries(drawn(parameters))) parameters.tensors.get(name)!.data.set(values)
  const programs = createPrograms({ threads: 1 })
  const shown = await programs.compile({
    ...teamOf(
      config,
      parameters,
      sceneOf(input('items', ['B', n]), { vectors: input('vectors', ['B', D, n]), known: input('known', ['B', D]) }),
    ),
  })
  const fed = (data: readonly number[], ...shape: number[]) => ({ shape, data: Float32Array.from(data) })
  const feeds = {
    items: fed(scene.items, B, n),
    vectors: fed(scene.vectors, B, D, n),
    known: fed(known, B, D),
  }
  const said = await shown.run({ ...Object.fromEntries(parameters.tensors), ...feeds })
  const floats = ({ data }: Tensor) => data as Float32Array
  const scores = Float32Array.from({ length: B * D }, (_, i) =>
    [0, 1, 2].reduce((sum, f) => sum + scene.vectors[i * n + f] * scene.items[Math.floor(i / D) * n + f], 0),
  )
  const game = play(
    {
      agents: D,
      scores,
      known: floats(feeds.known),
      means: floats(said.means),
      values: floats(said.values),
      ratings: Float32Array.of(1, -1, 0.5, 2),
      limits: new Float32Array(B),
    },
    floats(said.logDeviation)[0],
    { reward: 'error', credit: 'team', shuffled: false },
    createRng(2),
  )
  const step = gradientStep({ loss, parameters, optimizer: adam({ learningRate: 0.05 }), outputs, programs })
  const turn = {
    ...feeds,
    ...Object.fromEntries(
      (['actions', 'logProbabilities', 'advantages', 'returns'] as const).map((name) => [
        `played/${name}`,
        fed([...game[name]], B, D),
      ]),
    ),
    'played/values': fed([...floats(said.values)], B, D),
  }
  const ratios = async () => {
    const { out } = await step.run(turn)
    return [...floats(out.ratios)].filter((_, i) => known[i] === 1)
  }
  for (const ratio of await ratios()) expect(ratio).toBeCloseTo(1, 5)
  expect((await ratios()).some((ratio) => Math.abs(ratio - 1) > 0.01)).toBe(true)
  await programs.dispose()
})
