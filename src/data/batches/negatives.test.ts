import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Dataset, domainOfItem, Part } from '../../core/dataset.ts'
import { createRng } from '../../math/rng.ts'
import { buildDataset } from '../build/build.ts'
import { evaluationCases } from '../split/cases.ts'
import { splitDataset } from '../split/split.ts'
import { prefixBatches, sequenceBatches } from './batches.ts'
import { negativeSampler, sampleNegatives } from './negatives.ts'
import { trainingSequences } from './sequences.ts'

function randomDataset(seed: number, users = 20, items = 40): Dataset {
  const rng = createRng(seed)
  const user: string[] = []
  const item: string[] = []
  for (let u = 0; u < users; u++) {
    for (let n = 3 + rng.below(10); n > 0; n--) {
      user.push(`u${u}`)
      item.push(`i${rng.below(items)}`)
    }
  }
  return buildDataset('random', { user, item, domain: item.map((i) => `d${Number(i.slice(1)) % 2}`) })
}

const touchedBy = (dataset: Dataset, user: number) =>
  new Set(dataset.log.item.subarray(dataset.log.userStart[user], dataset.log.userStart[user + 1]))

describe('sampleNegatives', () => {
  it('draws distinct items of the scope that the user has never touched', () => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom('domain' as const, 'all' as const), (seed, scope) => {
        const dataset = randomDataset(seed)
        const cases = evaluationCases(dataset, splitDataset(dataset, 'leave-two-out'), Part.test)
        const negatives = sampleNegatives(dataset, cases, { scope, count: 3, rng: createRng(seed) })
        expect(negatives).toHaveLength(cases.rows.length)
        for (const [k, drawn] of negatives.entries()) {
          expect(new Set(drawn).size).toBe(3)
          const query = cases.queries[k]
          for (const item of drawn) {
            expect(touchedBy(dataset, query.user!).has(item)).toBe(false)
            expect(item).toBeGreaterThan(0)
            expect(item).toBeLessThan(dataset.items.size)
            if (scope === 'domain') expect(domainOfItem(dataset, item)).toBe(query.domain)
          }
        }
      }),
    )
  })

  it('gives a case the same items whatever other cases are asked for', () => {
    const dataset = randomDataset(5)
    const cases = evaluationCases(dataset, splitDataset(dataset, 'leave-two-out'), Part.test)
    const options = { scope: 'all' as const, count: 5, rng: createRng(9) }
    const all = sampleNegatives(dataset, cases, options)
    const reversed = { answers: cases.answers.slice().reverse(), rows: cases.rows.slice().reverse() }
    expect(sampleNegatives(dataset, reversed, options).reverse()).toEqual(all)
  })

  it('can take everything that is left, and says how much that is when asked for more', () => {
    const dataset = buildDataset('d', {
      user: ['a', 'a', 'a', 'b', 'b'],
      item: ['1', '2', '3', '4', '5'],
      domain: Array(5).fill('one'),
    })
    const cases = evaluationCases(dataset, splitDataset(dataset, 'leave-two-out'), Part.test)
    const draw = (count: number) => sampleNegatives(dataset, cases, { scope: 'domain', count, rng: createRng(0) })
    expect([...draw(2)[0]].map((id) => dataset.items.name(id))).toEqual(['4', '5'])
    expect(() => draw(3)).toThrow(/3 negatives were asked for, but user 'a' leaves only 2/)
  })

  it('is uniform', () => {
    // One user with 3 of 13 items; 10 are free, 2 are drawn a seed: each free item in a fifth of the seeds.
    const dataset = buildDataset('d', {
      user: [...Array(3).fill('a'), ...Array(10).fill('b')],
      item: Array.from({ length: 13 }, (_, i) => `i${(i * 5) % 13}`),
      domain: Array(13).fill('one'),
    })
    const cases = { rows: Int32Array.of(2), answers: Int32Array.of(dataset.log.item[2]) }
    const counts = new Map<number, number>()
    const seeds = 5000
    for (let seed = 0; seed < seeds; seed++) {
      for (const item of sampleNegatives(dataset, cases, { scope: 'all', count: 2, rng: createRng(seed) })[0]) {
        counts.set(item, (counts.get(item) ?? 0) + 1)
      }
    }
    expect(counts.size).toBe(10)
    // Standard deviation of a share is about .006; five of them.
    for (const count of counts.values()) expect(Math.abs(count / seeds - 0.2)).toBeLessThan(0.03)
  })
})

describe('negativeSampler', () => {
  it('gives one untouched item of the scope a target, the same in whatever batch the user stands', () => {
    fc.assert(
      fc.property(fc.nat(), fc.constantFrom('domain' as const, 'all' as const), (seed, scope) => {
        const dataset = randomDataset(seed)
        const sequences = trainingSequences(dataset, splitDataset(dataset, 'leave-two-out'))
        const sampler = negativeSampler(dataset, scope)
        const drawn = (batchSize: number) => {
          const byUser = new Map<number, number[]>()
          for (const batch of sequenceBatches(sequences, {
            maxLength: 50,
            batchSize,
            bucket: true,
            rng: createRng(1),
          })) {
            const negatives = sampler.forBatch(batch, createRng(2))
            for (const [at, target] of batch.targets.entries()) {
              const negative = negatives[at]
              if (target === 0) {
                expect(negative).toBe(0)
                continue
              }
              const user = batch.user[Math.floor(at / batch.length)]
              expect(touchedBy(dataset, user).has(negative)).toBe(false)
              if (scope === 'domain') expect(domainOfItem(dataset, negative)).toBe(domainOfItem(dataset, target))
              byUser.set(user, [...(byUser.get(user) ?? []), negative])
            }
          }
          return [...byUser].sort(([a], [b]) => a - b)
        }
        expect(drawn(4)).toEqual(drawn(7))
      }),
    )
  })

  it('gives the prefixes of a user negatives of their own, the same in whatever batch', () => {
    const dataset = randomDataset(5)
    const sequences = trainingSequences(dataset, splitDataset(dataset, 'leave-two-out'))
    const sampler = negativeSampler(dataset, 'all')
    const drawn = (batchSize: number) => {
      const byPrefix = new Map<string, number>()
      for (const batch of prefixBatches(sequences, { maxLength: 50, batchSize, bucket: true, rng: createRng(1) })) {
        const negatives = sampler.forBatch(batch, createRng(2))
        for (let b = 0; b < batch.size; b++)
          byPrefix.set(`${batch.user[b]} ${batch.end![b]}`, negatives[(b + 1) * batch.length - 1])
      }
      return byPrefix
    }
    const prefixes = drawn(4)
    expect([...drawn(7)].sort()).toEqual([...prefixes].sort())
    const distinct = new Set([...prefixes].map(([prefix, negative]) => `${prefix.split(' ')[0]} ${negative}`))
    const users = new Set([...prefixes.keys()].map((prefix) => prefix.split(' ')[0]))
    expect(distinct.size).toBeGreaterThan(users.size)
  })

  it('gives 0 to a user who has touched the whole scope', () => {
    const dataset = buildDataset('d', { user: ['a', 'a'], item: ['x', 'y'], domain: ['one', 'one'] })
    const batch = { size: 1, length: 1, user: Int32Array.of(0), items: Int32Array.of(1), targets: Int32Array.of(2) }
    expect([...negativeSampler(dataset, 'domain').forBatch(batch, createRng(0))]).toEqual([0])
  })
})
