import { expect, test } from 'vitest'
import { expectSlopes, normalsFor, valuesOf } from '../../../test/checks/finite-differences.ts'
import { createRng } from '../../math/index.ts'
import { createParameters, createTable, fanInUniform, type Parameters } from '../../nn/index.ts'
import { grad, input, type Sym } from '../../tensor/index.ts'
import { criticGraph, criticLoss } from './critic.ts'
import { discriminatorLoss } from './discriminator.ts'
import { clampLogits } from './network.ts'
import { normalizedAdvantage, policyLoss } from './policy-loss.ts'

const config = { entropyCoefficient: 0.1, imitation: 0.5, advantageClip: 5, normalizeAdvantages: true }
const [width, actions] = [4, 5]
const extents = { B: 6, N: 6 }

/** Parameters as normals, large enough that every unit matters. */
function drawn({ symbols }: Parameters): Record<string, number[]> {
  return Object.fromEntries([...symbols].map(([name, symbol], i) => [name, normalsFor(symbol, 20 + i)]))
}

test.each([1, 15])('of the policy by its logits, clamped at %i: actor, entropy and weighed cloning', (clamp) => {
  const logits = input('logits', ['B', actions])
  const advantage = input('advantage', ['B'])
  const { total } = policyLoss(clampLogits(logits, clamp), normalizedAdvantage(advantage, config), config)
  const values = {
    logits: normalsFor(logits, 1, extents),
    advantage: normalsFor(advantage, 2, extents),
    actions: [0, 4, 2, 2, 1, 3],
    demonstrated: [1, 0, 1, 0, 0, 1],
    weights: [2, 1, 0.1, 1, 1, 0.7],
  }
  const [gradient] = expectSlopes(total, [logits], values, extents)
  expect(gradient.every((slope) => slope !== 0)).toBe(true)
})

test('of the critic by its weights and the rows of actions; what its target is made of gets none', () => {
  const parameters = createParameters(createRng(1))
  const [rows, biases] = [width, 1].map((columns) =>
    createTable(columns === 1 ? 'biases' : 'rows', actions + 1, columns, fanInUniform(width), createRng(1)),
  )
  const { loss, target } = criticLoss(
    (states) => criticGraph(parameters, { rows, biases, width }, states),
    parameters,
    width,
  )
  const states = input('criticStates', ['B', width])
  const copies = [...target].map(([name, weight]) => input(name, parameters.symbols.get(weight)!.shape))
  const values = {
    ...drawn(parameters),
    ...Object.fromEntries(
      [rows.symbol, biases.symbol, ...copies].map((one, i) => [
        (one as Sym<'input'>).attributes.name,
        normalsFor(one, 40 + i),
      ]),
    ),
    criticStates: normalsFor(states, 4, extents),
    criticNext: normalsFor(states, 5, extents),
    criticActions: [1, 5, 2, 2, 3, 4],
    criticRewards: [1, -1, 0.5, 0, 2, 1],
    criticDiscounts: [0.5, 0.5, 0, 0.5, 0.5, 0],
    criticWeights: [2, 1, 0.1, 1, 1, 0.7],
  }
  const learned = [rows.symbol, biases.symbol, ...parameters.symbols.values()]
  const gradients = expectSlopes(loss.total, learned, values, extents)
  expect(gradients.every((one) => one.some((slope) => slope !== 0))).toBe(true)
  for (const one of valuesOf(grad(loss.total, copies), values, extents))
    expect(one.every((slope) => slope === 0)).toBe(true)
})

test('of the discriminator by its weights', () => {
  const parameters = createParameters(createRng(1))
  const { loss } = discriminatorLoss(parameters, width, 3)
  const pairs = normalsFor(input('pairs', ['N', width]), 3, extents)
  const values = { pairs, isOwn: [1, 1, 1, 0.1, 0.1, 0.1], ...drawn(parameters) }
  const gradients = expectSlopes(loss, [...parameters.symbols.values()], values, extents)
  expect(gradients.flat().some((slope) => slope !== 0)).toBe(true)
})
