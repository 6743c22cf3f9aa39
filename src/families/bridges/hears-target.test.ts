import { describe, expect, it } from 'vitest'
import { trainInMemory, type World } from '../../contract/index.ts'
import { type Model, Part, parseConfig, type Query } from '../../core/index.ts'
import { buildDataset, evaluationCases, splitDataset } from '../../data/index.ts'
import { createRng } from '../../math/index.ts'
import { gate } from '../../models/bridges/gate.ts'
import { marco } from '../../models/bridges/marco/index.ts'
import { ratingBatches, ratingFeeds } from './train.ts'

const set = {
  ...{ width: 2, factorRidge: [2], userRidge: [4], itemRidge: [4], hidden: 8 },
  ...{ epochs: 10, patience: 0, batchSize: 64 },
  ...{ targetAgent: true, warm: 'bridge' },
}

/** Users like even items of the target or odd ones; what they say elsewhere tells nothing of it. */
function world(): World {
  const rng = createRng(3)
  const columns = { user: [] as string[], item: [] as string[], domain: [] as string[], value: [] as number[] }
  const rate = (user: number, domain: string, i: number, value: number) => {
    columns.user.push(`user${user}`)
    columns.item.push(`${domain}-${i}`)
    columns.domain.push(domain)
    columns.value.push(value)
  }
  for (let user = 0; user < 60; user++) {
    for (let i = 0; i < 8; i++) rate(user, 'target', i, (user + i) % 2 === 0 ? 5 : 1)
    for (let i = 0; i < 6; i++) rate(user, 'elsewhere', i, 1 + rng.below(5))
  }
  const dataset = buildDataset('own taste', columns)
  return { dataset, split: splitDataset(dataset, 'cold-users:0.2:target') }
}

const on = world()
const { dataset, split } = on
const [elsewhere, target] = ['elsewhere', 'target'].map((name) => dataset.domains.indexOf(name))

const ofTarget = (row: number) => dataset.items.name(dataset.log.item[row]).startsWith('target')
const known = [...split.part.keys()].filter((row) => split.part[row] === Part.train && ofTarget(row))
const asked = known.map((row): Query => ({ user: dataset.log.user[row], history: new Int32Array(0), domain: target }))
const items = Int32Array.from(known, (row) => dataset.log.item[row])

/** How much higher what known users like is predicted than what they do not. */
async function apart(model: Model): Promise<number> {
  const found = await model.scorePairs!(asked, items)
  const meanOf = (value: number) => {
    const own = [...found].filter((_, k) => dataset.log.value![known[k]] === value)
    return own.reduce((sum, rating) => sum + rating, 0) / own.length
  }
  return meanOf(5) - meanOf(1)
}

describe.each([gate, marco])('$name', (spec) => {
  it('hears the target, where it is asked to, of users who are known there, and of nobody who is new', async () => {
    const { model: deaf } = await trainInMemory(spec, { ...set, targetAgent: false }, on)
    expect(await apart(deaf)).toBeLessThan(1.5)
    await deaf.dispose()
    const { model } = await trainInMemory(spec, set, on)
    expect(await apart(model)).toBeGreaterThan(2.5)
    const fresh = evaluationCases(dataset, split, Part.test)
    const counted = await model.can!.sources!(fresh.queries, fresh.answers)
    for (const k of fresh.queries.keys()) {
      expect(counted[2 * k + target]).toBe(0)
      expect(counted[2 * k + elsewhere]).toBeCloseTo(1, 5)
    }
    const { signals } = await model.can!.trust!()
    expect(new Set(signals[0].keys.domain)).toEqual(new Set([elsewhere]))
    // Whoever is asked about is told of, where sources answer for them.
    const told = async (user: number) => (await model.can!.trust!(user)).signals[0].keys
    const [someone] = fresh.queries
    expect(await told(someone.user!)).toEqual({ user: Int32Array.of(someone.user!), domain: Int32Array.of(elsewhere) })
    const warm = asked[0].user!
    expect(await told(warm)).toEqual({ user: Int32Array.of(warm, warm), domain: Int32Array.of(elsewhere, target) })
    await model.dispose()
  })
})

it('what a user gave an item does not tell of itself', () => {
  const { config } = parseConfig(gate, set)
  const model = gate.create(config, dataset, split, { seed: 1, threads: 1 })
  const own = model.targets.get(target)!
  const row = own.rows[0]
  const user = dataset.log.user[row]
  const given = dataset.log.value![row]
  const knownBy = (value: number) => {
    dataset.log.value![row] = value
    return own.personOf({ user, withoutRow: row }).there[1]!
  }
  const [low, high] = [knownBy(1), knownBy(5)].map((there) => ({ ...there, liked: there.liked() }))
  dataset.log.value![row] = given
  expect(low).toEqual(high)
  expect(low.rows).toBe(own.personOf({ user }).there[1]!.rows - 1)
  expect(high.liked).not.toContain(dataset.log.item[row])
  expect(own.personOf({ user, newIn: target }).there[1]).toBeUndefined()
  const [batch] = ratingBatches(own, dataset, 64, createRng(1))
  const heard = ratingFeeds(own, batch)['source1/known'].data
  expect([...heard]).toEqual(Array.from(batch.asNew!, (fresh) => 1 - fresh))
  expect(new Set(heard)).toEqual(new Set([0, 1]))
  return model.dispose()
})
