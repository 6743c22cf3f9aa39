import { beforeAll, describe, expect, it } from 'vitest'
import { trainInMemory } from '../../contract/index.ts'
import { coldUsersWorld } from '../../contract/rated-worlds.ts'
import { domainOfItem, type Model, Part } from '../../core/index.ts'
import { evaluationCases } from '../../data/index.ts'
import { cmf } from './cmf.ts'

const world = coldUsersWorld({ users: 60 })
const { dataset, split } = world
const { log } = dataset
const K = 2
const RIDGES = { factorRidge: 3, userRidge: 2, itemRidge: 5 }

describe('cmf', () => {
  let model: Model
  const table = (name: string) => model.weights().get(name)!.data as Float32Array
  const row = (name: string, id: number) => [...table(name).subarray(id * (K + 1), (id + 1) * (K + 1))]
  const rated = Array.from(log.item.keys()).filter((at) => split.part[at] === Part.train)
  const predicted = (user: readonly number[], item: number) => {
    const [c, ...q] = row('items', item)
    const [b, ...p] = user
    return table('means')[domainOfItem(dataset, item)] + b + c + p.reduce((sum, x, f) => sum + x * q[f], 0)
  }
  beforeAll(async () => {
    const set = Object.fromEntries(Object.entries(RIDGES).map(([name, value]) => [name, [value]]))
    model = (await trainInMemory(cmf, { ...set, width: K, sweeps: 400 }, world)).model
  })

  it('has one vector a user, which lowers the errors in all domains together', () => {
    const { data } = model.weights().get('ridges')!
    // What factors are drawn by is in units of the values; an offset is drawn by its ridge.
    const [offset, factors] = Array.from(data as Float32Array, Math.exp)
    expect(offset).toBeCloseTo(RIDGES.userRidge, 4)
    const ownOf = (user: number) => rated.filter((at) => log.user[at] === user)
    const knowsSeveral = (user: number) =>
      new Set(ownOf(user).map((at) => domainOfItem(dataset, log.item[at]))).size > 1
    const several = Array.from({ length: dataset.users.size }, (_, user) => user).filter(knowsSeveral)
    expect(several.length).toBeGreaterThan(20)
    // Vectors are told from the mean user, whom the ridges draw to 0: so the derivatives are not 0, but the same for all.
    const slopes = several.slice(0, 3).map((user) => {
      const own = ownOf(user)
      const vector = row('users', user)
      const objective = (changed: readonly number[]) =>
        own.reduce((sum, at) => sum + (log.value![at] - predicted(changed, log.item[at])) ** 2, 0) +
        changed.reduce((sum, x, f) => sum + (f === 0 ? offset : factors) * x * x, 0)
      return vector.map((_, f) => {
        const moved = (by: number) => vector.map((x, g) => (f === g ? x + by : x))
        return (objective(moved(1e-3)) - objective(moved(-1e-3))) / 2e-3
      })
    })
    for (const own of slopes.slice(1))
      for (const [f, slope] of own.entries())
        expect(Math.abs(slope - slopes[0][f]), `derivative by number ${f}`).toBeLessThan(2e-3)
  })

  it('answers users who are new in a domain by the vector that others taught', async () => {
    const { queries, answers } = evaluationCases(dataset, split, Part.test)
    const scores = await model.scorePairs!(queries, answers)
    for (const [i, { user }] of queries.entries())
      expect(scores[i]).toBeCloseTo(predicted(row('users', user!), answers[i]), 4)
  })

  it('gives who is known by a history alone the vector of a user with the same rows', async () => {
    const user = 7
    const own = rated.filter((at) => log.user[at] === user)
    const stranger = {
      history: Int32Array.from(own, (at) => log.item[at]),
      values: Float32Array.from(own, (at) => log.value![at]),
      domain: 0,
    }
    const range = { start: 1, end: dataset.items.size }
    const [alike, known] = [await model.score([stranger], range), await model.score([{ ...stranger, user }], range)]
    // As near as the mean user is to 0, to which a stranger is drawn.
    for (const [i, score] of alike.entries()) expect(Math.abs(score - known[i])).toBeLessThan(0.05)
    const unknown = await model.score([{ history: new Int32Array(0), domain: 0 }], range)
    expect(Math.max(...unknown.map((score, i) => Math.abs(score - known[i])))).toBeGreaterThan(0.1)
  })
})
