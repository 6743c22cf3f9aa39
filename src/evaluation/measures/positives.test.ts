import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Part, type Scorer } from '../../core/index.ts'
import { buildDataset, evaluationCases, splitDataset } from '../../data/index.ts'
import { createRng } from '../../math/index.ts'
import { positives, ranking } from './index.ts'

/** Users u0 … u19 know s and t; each rated six of the twelve items of t with 1 … 5. */
function world(seed: number, valued = true) {
  const rng = createRng(seed)
  const rows = Array.from({ length: 20 }, (_, u) => {
    const items = rng.split(u).shuffle(Array.from({ length: 12 }, (_, i) => i))
    return [{ user: `u${u}`, item: 's1', domain: 's', value: 3 }].concat(
      items.slice(0, 6).map((i) => ({ user: `u${u}`, item: `t${i}`, domain: 't', value: 1 + rng.below(5) })),
    )
  }).flat()
  const column = <K extends keyof (typeof rows)[number]>(key: K) => rows.map((row) => row[key])
  return buildDataset('world', {
    user: column('user'),
    item: column('item'),
    domain: column('domain'),
    ...(valued && { value: column('value') }),
  })
}

const asked = (seed: number, valued?: boolean) => {
  const dataset = world(seed, valued)
  const split = splitDataset(dataset, 'cold-users:0.5:t')
  return { dataset, split, cases: evaluationCases(dataset, split, Part.test) }
}

/** What is told of an item alone, and which queries were scored. */
function scorerOf(score: (item: number, user: number) => number) {
  const scored: number[] = []
  const scorer: Scorer = {
    async score(queries, { start, end }) {
      scored.push(...queries.map(({ user }) => user!))
      return Float32Array.from(
        queries.flatMap(({ user }) => Array.from({ length: end - start }, (_, i) => score(start + i, user!))),
      )
    },
  }
  return { scorer, scored }
}

describe('positives', () => {
  it('ranks the rows above the threshold, and no other answer of the user is a rival', async () => {
    const { dataset, cases } = asked(1)
    const liked = (user: number) =>
      new Set(
        [...cases.rows]
          .filter((row) => dataset.log.user[row] === user && dataset.log.value![row] > 3)
          .map((row) => dataset.log.item[row]),
      )
    // Whatever is liked comes first, in some order: only rivals that are no answers would move it back.
    const { scorer, scored } = scorerOf((item, user) => (liked(user).has(item) ? 100 - item : -item))
    const found = await positives.evaluate(scorer, dataset, cases, { positiveAbove: 3 })
    expect(found.rows.length).toBe([...cases.rows].filter((row) => dataset.log.value![row] > 3).length)
    expect([...found.ranks].every((rank) => rank === 0)).toBe(true)
    expect(found.protocol).toMatchObject({ candidates: 'full', positiveAbove: 3 })
    expect(positives.describe(found.protocol)).toMatch(/Only rows with a value above 3 are answers\. Answers of one/)
    // Every user is scored once.
    expect(scored.length).toBe(new Set(scored).size)
  })

  it('goes by the mean of the training rows where no threshold is given, and refuses where it knows neither', async () => {
    const { dataset, split, cases } = asked(2)
    const { start, end } = { start: dataset.domainStart[1], end: dataset.domainStart[2] }
    const trained = [...split.part.keys()].filter(
      (row) => split.part[row] === Part.train && dataset.log.item[row] >= start && dataset.log.item[row] < end,
    )
    const mean = trained.reduce((sum, row) => sum + dataset.log.value![row], 0) / trained.length
    const { scorer } = scorerOf((item) => item)
    const found = await positives.evaluate(scorer, dataset, cases, { split })
    expect([...found.rows]).toEqual([...cases.rows].filter((row) => dataset.log.value![row] > mean))
    expect(found.protocol.positiveAbove).toBe('mean')
    await expect(positives.evaluate(scorer, dataset, cases)).rejects.toThrow(/which values are high is not known/)
  })

  it('takes every row of a log without values', async () => {
    const { dataset, cases } = asked(3, false)
    const found = await positives.evaluate(scorerOf((item) => item).scorer, dataset, cases)
    expect([...found.rows]).toEqual([...cases.rows])
    expect(positives.describe(found.protocol)).not.toContain('value above')
  })

  it('is the plain ranking less the rivals that are answers too, whatever the scores', async () => {
    await fc.assert(
      fc.asyncProperty(fc.nat(99), fc.nat(99), fc.boolean(), async (seed, draw, sampled) => {
        const { dataset, cases } = asked(seed)
        const rng = createRng(draw)
        const scores = Array.from({ length: dataset.items.size }, () => rng.below(7))
        const { scorer } = scorerOf((item) => scores[item])
        const options = {
          positiveAbove: 0,
          candidates: sampled ? ({ kind: 'sampled', n: 3, seed: 1 } as const) : undefined,
        }
        const plain = await ranking.evaluate(scorer, dataset, cases, options)
        const found = await positives.evaluate(scorer, dataset, cases, options)
        for (const [k, rank] of found.ranks.entries()) {
          const rivals = [...cases.answers].filter(
            (item, other) =>
              item !== cases.answers[k] &&
              cases.queries[other] === cases.queries[k] &&
              scores[item] >= scores[cases.answers[k]],
          )
          // Sampled candidates hold no answer of the user.
          expect(rank).toBe(plain.ranks[k] - (sampled ? 0 : new Set(rivals).size))
        }
      }),
      { numRuns: 30 },
    )
  })
})
