import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { transferReportOf } from '../../test/worlds/transfer-report.ts'
import type { TransferReport } from '../experiments/report.ts'
import { domainsOf, FALLBACK_RULES, whatIf } from './what-if.ts'

const report = transferReportOf([
  { domain: 'books', difference: -0.02, validation: -0.01, cases: 300 },
  { domain: 'music', difference: 0.004, validation: -0.002, cases: 100 },
  { domain: 'toys', difference: -0.03, validation: 0.02, cases: 600 },
  { domain: 'new', difference: Number.NaN },
])

describe('what would change if other domains went to the twin', () => {
  it('is chosen by validation cases alone: toys are harmed on test cases, and no rule but all gives them away', () => {
    expect(FALLBACK_RULES.map((rule) => domainsOf(report, rule))).toEqual([
      [],
      ['books'],
      ['books', 'music'],
      ['books', 'music', 'toys', 'new'],
    ])
  })

  it('is the difference of each domain by its share of the cases', () => {
    const { shown, validation } = whatIf(report, [], ['books', 'music'])
    expect(shown.cases).toEqual({ moved: 400, of: 1000 })
    // 0.3 × 0.02 − 0.1 × 0.004
    expect(shown.change.mean).toBeCloseTo(0.0056, 12)
    expect(shown.change.low).toBeCloseTo(0.3 * 0.015 - 0.1 * 0.009, 12)
    expect(shown.change.high).toBeCloseTo(0.3 * 0.025 + 0.1 * 0.001, 12)
    expect(shown.now).toBeCloseTo(report.overall.model['ndcg@10'].mean, 12)
    expect(shown.would - shown.now).toBeCloseTo(shown.change.mean, 12)
    expect(shown.services.map(({ domain, from, to, mean }) => [domain, from, to, mean])).toEqual([
      ['books', 'model', 'twin', 0.02],
      ['music', 'model', 'twin', -0.004],
    ])
    expect(validation.part).toBe('valid')
    expect(validation.change.mean).toBeCloseTo(0.3 * 0.01 + 0.1 * 0.002, 12)
  })

  it('begins with what answers now, and goes back as it went', () => {
    const { shown } = whatIf(report, ['books', 'toys'], ['toys'])
    expect(shown.services).toEqual([
      { domain: 'books', from: 'twin', to: 'model', cases: 300, users: 50, mean: -0.02, low: -0.025, high: -0.015 },
    ])
    expect(whatIf(report, ['toys'], ['toys']).shown).toMatchObject({
      services: [],
      change: { mean: 0, low: 0, high: 0 },
    })
  })

  it('moves everything to the metric of the twin, whichever way', () => {
    const names = [...report.domains.keys()]
    fc.assert(
      fc.property(fc.subarray(names), (now) => {
        const { shown } = whatIf(report, now, names)
        expect(shown.would).toBeCloseTo(report.overall.twin['ndcg@10'].mean, 12)
        expect(whatIf(report, names, now).shown.change.mean).toBeCloseTo(-shown.change.mean, 12)
      }),
    )
  })

  it('is told by domain alone where the metric of all is no mean of theirs', () => {
    const { overall } = report
    const auc: TransferReport = {
      ...report,
      overall: { ...overall, model: { 'ndcg@10': { ...overall.model['ndcg@10'], mean: 0.7 } } },
    }
    const { shown } = whatIf(auc, [], ['books'])
    expect(shown).toMatchObject({ now: Number.NaN, would: Number.NaN, change: { mean: Number.NaN, low: Number.NaN } })
    expect(shown.services[0].mean).toBe(0.02)
  })
})
