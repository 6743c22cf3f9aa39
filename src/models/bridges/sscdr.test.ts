import { expect, it } from 'vitest'
import { expectSlopes, normalsFor, type Values, valuesOf } from '../../../test/checks/finite-differences.ts'
import { createRng } from '../../math/index.ts'
import { createParameters } from '../../nn/index.ts'
import { input, sum } from '../../tensor/index.ts'
import { inferred, sourceLoss, triplet, withinBall } from './sscdr.ts'

const [B, T, n, hidden] = [3, 2, 2, 3]
const parameters = createParameters(createRng(1))
const source = {
  name: 's',
  vector: input('vector', [B, n]),
  known: input('known', [B, 1]),
  behaviors: () => ({ items: input('items', [B, T, n]), keep: input('keep', [B, T]) }),
}
const point = (name: string) => input(name, [B, n])
const samples = { own: point('own'), liked: point('liked'), others: point('others'), told: input('told', [B]) }
const options = { hidden, unsupervised: 0.5, margin: 0.4, neighbors: 0.25 }
const loss = sourceLoss(options, parameters, source, samples)
const vector = inferred(options, parameters, source)

// The second user has no pair of items, the third is unknown in the source; the first liked one item, the second none.
const values: Record<string, readonly number[]> = {
  vector: [0.5, -1, 0.3, 0.8, 0, 0],
  known: [1, 1, 0],
  items: [1, 0.2, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9],
  keep: [1, 0, 0, 0, 0, 0],
  own: [0.1, 0.7, -0.4, 0.2, 5, 5],
  liked: [1, 0.5, 0, 0, 3, 3],
  others: [-1, 0.3, 0, 0, 4, 4],
  told: [1, 0, 1],
}
for (const [i, [name, symbol]] of [...parameters.symbols].entries()) values[name] = normalsFor(symbol, 60 + i)

const affine = (x: readonly number[], name: string) =>
  values[`s/${name}/bias`].map((b, j, all) =>
    x.reduce((total, xi, i) => total + xi * values[`s/${name}/weight`][i * all.length + j], b),
  )
const map = (x: readonly number[]) =>
  affine(affine(affine(x, 'layer0').map(Math.tanh), 'layer1').map(Math.tanh), 'layer2')
const of = (name: string, b: number) => values[name].slice(b * n, (b + 1) * n)
const squares = (a: readonly number[], b: readonly number[]) => a.reduce((total, x, i) => total + (x - b[i]) ** 2, 0)
const ball = (x: readonly number[]) => x.map((xi) => xi / Math.max(1, Math.hypot(...x)))

it('leaves what lies in the unit ball, and brings the rest to its border', () => {
  const [found] = valuesOf([withinBall(point('x'))], { x: [3, 4, 0.3, -0.4, 0, 0] })
  for (const [i, x] of [0.6, 0.8, 0.3, -0.4, 0, 0].entries()) expect(found[i]).toBeCloseTo(x, 12)
})

it('asks an item of a user to be nearer than another one by the margin', () => {
  const told = { user: [0, 0, 0, 0, 0, 0], near: [0.5, 0, 0.5, 0, 9, 0], far: [0.6, 0, 0, 0.9, 0, 7] }
  const [found] = valuesOf([triplet(point('user'), point('near'), point('far'), 0.2)], told)
  for (const [b, x] of [0.25 - 0.36 + 0.2, 0, 0.2].entries()) expect(found[b]).toBeCloseTo(x, 12)
})

it('lowers the distance of users to themselves, and of what they liked against what they did not rate', () => {
  const supervised = [0, 1].reduce((total, b) => total + squares(map(of('vector', b)), of('own', b)), 0)
  const [u, near, far] = [of('own', 0), map(of('liked', 0)), map(of('others', 0))].map(ball)
  const apart = Math.max(0, squares(u, near) - squares(u, far) + options.margin)
  expect(apart).toBeGreaterThan(0)
  expect(valuesOf([loss], values)[0][0]).toBeCloseTo((supervised + options.unsupervised * apart) / 2, 10)
  const weights = [...parameters.symbols.values()]
  expectSlopes(loss, weights, values as Values)
})

it('finds who is new between the own image and those of what was liked', () => {
  const [found] = valuesOf([vector], values)
  const [own, liked] = [map(of('vector', 0)), map([1, 0.2])]
  for (const f of [0, 1]) {
    expect(found[f]).toBeCloseTo(0.75 * own[f] + 0.25 * liked[f], 10)
    expect(found[n + f]).toBeCloseTo(map(of('vector', 1))[f], 10)
  }
  expectSlopes(sum(vector), [source.vector], values as Values)
})
