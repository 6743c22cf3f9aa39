import fc from 'fast-check'
import { expect, it } from 'vitest'
import { coldUsersWorld, trainInMemory } from '../../contract/index.ts'
import { type Model, Part, type Query } from '../../core/index.ts'
import { evaluationCases } from '../../data/index.ts'
import { meanBridge } from '../../models/bridges/mean-bridge.ts'
import { mf } from '../../models/bridges/mf.ts'
import { effects } from '../../models/controls/effects.ts'
import { pooledOffset, traitsOf, worthWithout } from './shared-offsets.ts'

const number = fc.double({ min: -2, max: 2, noNaN: true })
const row = fc.record({ worth: number, above: number })
const ridge = fc.constantFrom(0.5, 3, 20)

it('tells what a user gives more than others, and how far a user follows what items are worth', () => {
  const rows = [
    { worth: 1, above: 2 },
    { worth: -1, above: 0 },
  ]
  // (2 + 0) / (2 + 2), and of what that leaves, 1.5 and −.5: (1 · 1.5 + 1 · .5) / (2 + 10).
  expect(traitsOf(rows, 2)).toEqual({ offset: 0.5, slope: 2 / 12 })
  expect(traitsOf([], 0)).toEqual({ offset: 0, slope: 0 })
})

it('tells by several domains what all their rows together tell', () => {
  fc.assert(
    fc.property(fc.array(fc.array(row, { minLength: 1 }), { maxLength: 4 }), ridge, (domains, shrunk) => {
      const each = domains.map((rows) => ({ offset: traitsOf(rows, shrunk).offset, rows: rows.length }))
      expect(pooledOffset(each, shrunk)).toBeCloseTo(traitsOf(domains.flat(), shrunk).offset, 8)
    }),
  )
})

it('knows what an item is worth without one of its rows', () => {
  fc.assert(
    fc.property(fc.array(number, { minLength: 1, maxLength: 6 }), ridge, ([own, ...others], shrunk) => {
      const worthOf = (given: number[]) => given.reduce((sum, value) => sum + value, 0) / (given.length + shrunk)
      expect(worthWithout(worthOf([own, ...others]), own, others.length + 1, shrunk)).toBeCloseTo(worthOf(others), 8)
    }),
  )
  expect(worthWithout(3, 3, 1, 0)).toBe(0)
})

const on = coldUsersWorld({ users: 40 })
const { dataset, split } = on
const given = { offsets: 'shared', width: 2, factorRidge: [2], userRidge: [4], itemRidge: [4], sweeps: 60 }
const { queries, answers } = evaluationCases(dataset, split, Part.test)
const asked = (model: Model, of: readonly Query[]) => model.scorePairs!(of, answers)

it('answers who is new as effects do, from a user or from what a stranger rated', async () => {
  const { model } = await trainInMemory(mf, given, on)
  const shrunk = { userShrinkage: [4], itemShrinkage: [4], sweeps: 60 }
  const { model: control } = await trainInMemory(effects, shrunk, on)
  const expected = await asked(control, queries)
  const strangers = queries.map(({ user: _, ...stranger }) => stranger)
  for (const of of [queries, strangers])
    for (const [k, rating] of (await asked(model, of)).entries()) expect(rating).toBeCloseTo(expected[k], 3)
})

it('lets training users who are told as if new choose what shrinks them', async () => {
  const chosen = async (ridges: object) => {
    const { model } = await trainInMemory(mf, { ...given, sweeps: 5, ...ridges }, on)
    return [...model.weights().get('factors/shared')!.data]
  }
  expect(await chosen({})).toEqual([4, 4])
  const far = await chosen({ userRidge: [4, 1e6], itemRidge: [4, 1e6] })
  const turned = await chosen({ userRidge: [1e6, 4], itemRidge: [1e6, 4] })
  expect(turned).toEqual(far)
})

it('bridges carry what offsets leave', async () => {
  const set = { ...given, sweeps: 10, epochs: 15, patience: 0, learningRate: 0.01, batchSize: 64 }
  const { model } = await trainInMemory(meanBridge, set, on)
  const { model: alone } = await trainInMemory(mf, { ...given, sweeps: 10 }, on)
  const { rows } = evaluationCases(dataset, split, Part.test)
  const error = async (of: Model) =>
    (await asked(of, queries)).reduce((sum, rating, k) => sum + (rating - dataset.log.value![rows[k]]) ** 2, 0)
  expect(await error(model)).toBeLessThan(0.8 * (await error(alone)))
  await model.dispose()
})
