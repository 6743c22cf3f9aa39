import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Part, type Query, type Scorer } from '../../core/index.ts'
import { buildDataset, evaluationCases, splitDataset } from '../../data/index.ts'
import { createRng } from '../../math/index.ts'
import { evaluate, parseCandidates, ranking, toJson } from './index.ts'

function fromFunction(score: (query: Query, item: number) => number): Scorer {
  return {
    async score(queries, { start, end }) {
      return Float32Array.from(
        queries.flatMap((query) => Array.from({ length: end - start }, (_, i) => score(query, start + i))),
      )
    },
  }
}

const noise = fromFunction((query, item) => createRng(5).split(query.user!, item).float())

/**
 * Items, most frequent first, so that ids are known: x1 = 1, x2 = 2, x3 = 3 in domain x, y1 = 4, y2 = 5 in domain y. Four test
 * rows: ann x2 (repeated), bob x3 (never trained), cat y1, dan y2 (first of its domain).
 */
const dataset = buildDataset('shop', {
  user: ['ann', 'ann', 'ann', 'bob', 'bob', 'bob', 'cat', 'cat', 'cat', 'dan', 'dan'],
  item: ['x1', 'x2', 'x2', 'x1', 'x1', 'x3', 'y1', 'y2', 'y1', 'x1', 'y2'],
  domain: ['x', 'x', 'x', 'x', 'x', 'x', 'y', 'y', 'y', 'x', 'y'],
  value: [5, 4, 3, 1, 2, 5, 4, 4, 1, 2, 3],
  part: ['train', 'train', 'test', 'train', 'train', 'test', 'train', 'train', 'test', 'train', 'test'],
})
const split = splitDataset(dataset, 'column')
const cases = evaluationCases(dataset, split, Part.test)
const ascending = fromFunction((_, item) => -item) // id 1 first
const full = { candidates: { kind: 'full' as const }, maskSeen: false, seed: 0 }

describe('evaluate, by hand', () => {
  it('ranks in the domain and averages per domain, over cases and over domains', async () => {
    const evaluation = await evaluate(ascending, dataset, cases, { ...full, split })
    expect([...evaluation.ranks]).toEqual([1, 2, 0, 1])
    expect(evaluation.domains.get('x')!).toMatchObject({ cases: 2, 'hr@5': 1, mrr: (1 / 2 + 1 / 3) / 2 })
    expect(evaluation.domains.get('y')!).toMatchObject({ cases: 2, 'hr@5': 1, mrr: 0.75 })
    expect(evaluation.domains.get('y')!['ndcg@10']).toBeCloseTo((1 + 1 / Math.log2(3)) / 2, 12)
    expect(evaluation.overall).toMatchObject({ cases: 4 })
    expect(evaluation.overall.mrr).toBeCloseTo((1 / 2 + 1 / 3 + 1 + 1 / 2) / 4, 12)
    expect(evaluation.macro.mrr).toBeCloseTo((5 / 12 + 3 / 4) / 2, 12)
    expect([...evaluation.caseDomains]).toEqual([0, 0, 1, 1])
    expect([...evaluation.users].map((user) => dataset.users.name(user))).toEqual(['ann', 'bob', 'cat', 'dan'])
  })

  it('hears that it is stopped while a scorer waits for nothing', async () => {
    const stop = new AbortController()
    setTimeout(() => stop.abort(), 0)
    const busy = fromFunction(() => {
      const until = performance.now() + 60
      while (performance.now() < until);
      return 1
    })
    const options = { ...full, split, signal: stop.signal }
    await expect(evaluate(busy, dataset, cases, options)).rejects.toMatchObject({ code: 'interrupted' })
  })

  it('tells apart repeated, untrained and cold cases', async () => {
    const { groups, members } = await evaluate(ascending, dataset, cases, { ...full, split })
    expect([...members.notRepeated!]).toEqual([0, 1, 0, 1])
    expect([...members.seenInTraining!]).toEqual([1, 0, 1, 1])
    expect([...members.historyInDomain!]).toEqual([1, 1, 1, 0])
    expect([...members.newToDomain!]).toEqual([0, 0, 0, 1])
    expect([...members.lastInDomain!]).toEqual([1, 1, 1, 0])
    expect(groups.notRepeated).toMatchObject({ cases: 2, mrr: (1 / 3 + 1 / 2) / 2 })
    expect(groups.seenInTraining!.cases).toBe(3)
    expect((await evaluate(ascending, dataset, cases, full)).groups.seenInTraining).toBeUndefined()
  })

  it('tells apart where the user was last', async () => {
    const visits = buildDataset('visits', {
      user: ['ann', 'ann', 'ann', 'bob', 'bob', 'bob', 'cat', 'cat', 'cat'],
      item: ['x1', 'y1', 'x2', 'y1', 'x1', 'x2', 'y1', 'y2', 'x1'],
      domain: ['x', 'y', 'x', 'y', 'x', 'x', 'y', 'y', 'x'],
      part: ['train', 'train', 'test', 'train', 'train', 'test', 'train', 'train', 'test'],
    })
    const asked = evaluationCases(visits, splitDataset(visits, 'column'), Part.test)
    const { members } = await evaluate(ascending, visits, asked, full)
    expect([...members.lastElsewhere!]).toEqual([1, 0, 0])
    expect([...members.lastInDomain!]).toEqual([0, 1, 0])
    expect([...members.newToDomain!]).toEqual([0, 0, 1])
    expect([...members.historyInDomain!]).toEqual([1, 1, 0])
  })

  it('ranks the whole catalogue with `all`', async () => {
    const { ranks } = await evaluate(ascending, dataset, cases, { ...full, candidates: { kind: 'all' } })
    expect([...ranks]).toEqual([1, 2, 3, 4])
  })

  it('gives a constant scorer nothing unless ties are drawn', async () => {
    const constant = fromFunction(() => 1)
    const against = await evaluate(constant, dataset, cases, full)
    expect([...against.ranks]).toEqual([2, 2, 1, 1])
    expect(against.tiedCases).toBe(4)
    const drawn = await evaluate(constant, dataset, cases, { ...full, ties: 'random' })
    expect(drawn.protocol.ties).toBe('random')
    expect([...drawn.ties]).toEqual([2, 2, 1, 1])
  })

  it('takes candidates of any domain from a file', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'evaluate-'))
    try {
      const path = join(folder, 'candidates.csv')
      await writeFile(path, 'user,answer,n0,n1\nann,x2,x1,y1\nbob,x3,y1,y2\ncat,y1,x1,x2\ndan,y2,x1,y1\n')
      const { ranks, protocol } = await evaluate(ascending, dataset, cases, {
        ...full,
        candidates: { kind: 'file', path },
      })
      expect([...ranks]).toEqual([1, 0, 2, 2])
      expect(protocol.candidates).toBe(path)
    } finally {
      await rm(folder, { recursive: true })
    }
  })

  it('has NaN for what has no cases, which JSON prints as null', async () => {
    const onlyX = {
      queries: cases.queries.slice(0, 2),
      answers: cases.answers.slice(0, 2),
      rows: cases.rows.slice(0, 2),
    }
    const evaluation = await evaluate(ascending, dataset, onlyX, { ...full, part: 'valid' })
    expect(evaluation.domains.get('y')!).toMatchObject({ cases: 0, mrr: Number.NaN })
    expect(evaluation.macro.mrr).toBe(evaluation.domains.get('x')!.mrr)
    const printed = JSON.parse(JSON.stringify(toJson(evaluation, 'sasrec', 'shop')))
    expect(printed).toMatchObject({
      model: 'sasrec',
      dataset: 'shop',
      protocol: { split: 'valid', candidates: 'full', maskSeen: false, ties: 'against', seed: 0 },
      domains: { x: { cases: 2, 'hr@5': 1, 'hr@10': 1 }, y: { cases: 0, mrr: null } },
      overall: { cases: 2 },
    })
    expect(Object.keys(printed.overall)).toEqual(['cases', 'hr@5', 'hr@10', 'ndcg@5', 'ndcg@10', 'mrr@10', 'mrr'])
  })
})

/** 300 users who have seen 3 of 200 items each, in two domains of 100. */
const large = buildDataset('large', {
  user: Array.from({ length: 900 }, (_, i) => `u${i % 300}`),
  item: Array.from({ length: 900 }, (_, i) => `i${(i * 7) % 200}`),
  domain: Array.from({ length: 900 }, (_, i) => (((i * 7) % 200) % 2 === 0 ? 'even' : 'odd')),
})
const largeCases = evaluationCases(large, splitDataset(large, 'leave-two-out'), Part.test)

describe('evaluate, by law', () => {
  it('does not depend on memory, and random scores have the expected means', async () => {
    const sampled = { candidates: { kind: 'sampled' as const, n: 19, seed: 4 }, maskSeen: false, seed: 0 }
    const once = await evaluate(noise, large, largeCases, sampled)
    const often = await evaluate(noise, large, largeCases, { ...sampled, memory: 1 })
    expect(often).toEqual(once)
    // 20 candidates: hr@5 = 1/4 and hr@10 = 1/2, each ± 4 standard errors of 300 cases.
    expect(once.overall.cases).toBe(300)
    expect(Math.abs(once.overall['hr@5'] - 0.25)).toBeLessThan(0.1)
    expect(Math.abs(once.overall['hr@10'] - 0.5)).toBeLessThan(0.116)
  })

  it('draws the same negatives for a case whatever the others are', async () => {
    const candidates = { kind: 'sampled' as const, n: 30, seed: 9 }
    const whole = await evaluate(noise, large, largeCases, { ...full, candidates })
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([...largeCases.answers.keys()], { maxLength: 20 }), async (chosen) => {
        const some = {
          queries: chosen.map((k) => largeCases.queries[k]),
          answers: Int32Array.from(chosen, (k) => largeCases.answers[k]),
          rows: Int32Array.from(chosen, (k) => largeCases.rows[k]),
        }
        const { ranks } = await evaluate(noise, large, some, { ...full, candidates })
        expect([...ranks]).toEqual(chosen.map((k) => whole.ranks[k]))
      }),
    )
  })

  it('overall is the case-weighted mean of the domains', async () => {
    const { domains, overall } = await evaluate(noise, large, largeCases, full)
    for (const metric of ['hr@10', 'ndcg@10', 'mrr']) {
      const sum = [...domains.values()].reduce((total, scores) => total + scores.cases * scores[metric], 0)
      expect(sum / overall.cases).toBeCloseTo(overall[metric], 10)
    }
  })
})

describe('parseCandidates', () => {
  it.each([
    ['full', { kind: 'full' }],
    ['all', { kind: 'all' }],
    ['sampled:100', { kind: 'sampled', n: 100, seed: 3 }],
    ['folder/negatives.tsv.gz', { kind: 'file', path: 'folder/negatives.tsv.gz' }],
  ])('%s', (text, expected) => expect(parseCandidates(text, 3)).toEqual(expected))

  it.each(['', 'ful', 'sampled', 'sampled:0', 'sampled:-1'])("refuses '%s'", (text) => {
    expect(() => parseCandidates(text, 0)).toThrow(/are unknown; give full, all, sampled:100/)
  })
})

it('its description names candidates, mask and ties', () => {
  const protocol = { split: 'test', candidates: 'full', maskSeen: false, ties: 'against', seed: 3 } as const
  expect(ranking.describe(protocol)).toBe(
    'Each test answer is ranked among all items of its domain; nothing is masked; ties count against the model.',
  )
  expect(
    ranking.describe({
      ...protocol,
      split: 'valid',
      candidates: 'sampled:100',
      candidatesSeed: 8,
      maskSeen: true,
      ties: 'random',
    }),
  ).toBe(
    'Each validation answer is ranked among 100 sampled items of its domain (seed 8); items of the history are masked; ' +
      'ties are broken at random (seed 3).',
  )
})
