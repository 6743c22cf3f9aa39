import { expect, it } from 'vitest'
import {
  type BehaviorRow,
  batch,
  categoryOf,
  difference,
  otherSource,
  runNetwork,
  unlearned,
} from '../../../test/checks/networks.ts'
import { dot, plainWeights, plus, through } from '../../../test/checks/plain-algebra.ts'
import { parseConfig } from '../../core/index.ts'
import type { Build } from '../../families/two-sided/index.ts'
import { deepfm } from './deepfm.ts'

const network = (options: Readonly<Record<string, unknown>> = {}) => {
  const config = deepfm.config.parse({ width: 3, layers: [5, 4], ...options })
  return (build: Build) => deepfm.network(config, build)
}
const run = await runNetwork(network(), batch)

it('logits are weights, products of pairs and a perceptron, computed row by row', () => {
  const { vector, matrix } = plainWeights(run.weights)
  const logit = ({ user, item }: BehaviorRow) => {
    const ids = Object.entries({ user, item, category: categoryOf(item) })
    const weights = ids.map(([field, id]) => matrix(`${field}/weight`)[id][0])
    const [u, i, c] = ids.map(([field, id]) => matrix(field)[id]) as [number[], number[], number[]]
    const hidden = [0, 1].reduce(
      (h, layer) =>
        plus(through(h, matrix(`layer${layer}/weight`)), vector(`layer${layer}/bias`)).map((x) => Math.max(0, x)),
      [...u, ...i, ...c],
    )
    const pairs = dot(u, i) + dot(u, c) + dot(i, c)
    return vector('bias')[0] + weights[0] + weights[1] + weights[2] + pairs + dot(hidden, vector('output'))
  }
  expect(difference(run.target, batch.target.map(logit))).toBeLessThan(1e-5)
  expect(difference(run.source!, batch.source.map(logit))).toBeLessThan(1e-5)
})

it('features of an item are its vectors', () => {
  const { matrix } = plainWeights(run.weights)
  const expected = [1, 7, 15, 0].flatMap((item) => [...matrix('item')[item], ...matrix('category')[categoryOf(item)]])
  expect([...run.features.get('source')!.data]).toEqual(expected)
})

it('every weight is learned, with and without the source', async () => {
  expect(unlearned(run)).toEqual([])
  expect([...run.weights.keys()]).toEqual(expect.arrayContaining([...run.heads]))
  expect(unlearned(await runNetwork(network({ source: 'none' }), batch))).toEqual([])
})

it('the single-domain form reads nothing of the source', async () => {
  const single = await runNetwork(network({ source: 'none' }), batch)
  expect(single.source).toBeUndefined()
  expect(single.reads).toEqual(['target/user', 'target/item', 'target/category'])
  expect((await runNetwork(network({ source: 'none' }), otherSource)).target).toEqual(single.target)
})

it('has no form with features of the source, which it has no place for', () => {
  expect(() => parseConfig(deepfm, { source: 'features' })).toThrow(
    "deepfm option 'source' was given 'features'; it must be one of loss, none",
  )
})
