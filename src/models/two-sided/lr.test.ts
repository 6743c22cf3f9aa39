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
import { plainWeights } from '../../../test/checks/plain-algebra.ts'
import { parseConfig } from '../../core/index.ts'
import type { Build } from '../../families/two-sided/index.ts'
import { lr } from './lr.ts'

const network = (options: Readonly<Record<string, unknown>> = {}) => {
  const config = lr.config.parse(options)
  return (build: Build) => lr.network(config, build)
}
const run = await runNetwork(network(), batch)
const { vector, matrix } = plainWeights(run.weights)

it('a logit is the sum of three weights and a bias, the same on both sides', () => {
  const logit = ({ user, item }: BehaviorRow) =>
    vector('bias')[0] + matrix('user')[user][0] + matrix('item')[item][0] + matrix('category')[categoryOf(item)][0]
  expect(difference(run.target, batch.target.map(logit))).toBeLessThan(1e-6)
  expect(difference(run.source!, batch.source.map(logit))).toBeLessThan(1e-6)
})

it('features of an item are its weights', () => {
  const expected = [1, 7, 15, 0].flatMap((item) => [...matrix('item')[item], ...matrix('category')[categoryOf(item)]])
  expect([...run.features.get('target')!.data]).toEqual(expected)
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
  expect(() => parseConfig(lr, { source: 'features' })).toThrow(
    "lr option 'source' was given 'features'; it must be one of loss, none",
  )
})
