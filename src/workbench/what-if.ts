import type { ByMetric, Summary } from '../evaluation/compare.ts'
import type { Judged, Judgment, TransferReport } from '../experiments/report.ts'

/**
 * Which domains go to the twin: `none`; `harmed`, which is what `--fallback auto` does; `behind`, wherever the twin is ahead on validation
 * cases, shown or not; `all`; or those that somebody names.
 */
export const FALLBACK_RULES = ['none', 'harmed', 'behind', 'all'] as const
export type FallbackRule = (typeof FALLBACK_RULES)[number]

/** What changes for a domain, or for all: less the model is more the twin. NaN where it is not known. */
export interface Change {
  readonly mean: number
  /** 95 % of the bootstrap over users and seeds. */
  readonly low: number
  readonly high: number
}

export interface ServiceChange extends Change {
  readonly domain: string
  readonly from: 'model' | 'twin'
  readonly to: 'model' | 'twin'
  readonly cases: number
  readonly users: number
}

/** What a choice would change, by the cases of one part of the split. */
export interface ChangeOn {
  /** Of the split. */
  readonly part: string
  /** The metric over all cases as it is now, and as it would be; NaN for metrics that are no mean over cases. */
  readonly now: number
  readonly would: number
  /** Bounds as if all domains that change erred together: no dependence between them makes it wider. */
  readonly change: Change
  readonly cases: { readonly moved: number; readonly of: number }
  readonly services: readonly ServiceChange[]
}

export interface WhatIf {
  readonly rule: FallbackRule | 'chosen'
  /** Those that the twin would answer. */
  readonly domains: readonly string[]
  /** By the cases of the report, as a rule of test. */
  readonly shown: ChangeOn
  /** By those that the choice is made on, which flatter it. */
  readonly validation: ChangeOn
}

/** The domains that a rule gives to the twin: by validation cases, never by others. */
export function domainsOf(report: TransferReport, rule: FallbackRule): string[] {
  const { validation, metric } = report
  const isBehind = ({ difference: { [metric]: of } }: Judgment) =>
    validation.lessIsBetter.includes(metric) ? of.mean > 0 : of.mean < 0
  switch (rule) {
    case 'none':
      return []
    case 'harmed':
      return [...report.fallback.domains]
    case 'behind':
      return [...validation.domains].flatMap(([domain, one]) => (isBehind(one) ? [domain] : []))
    case 'all':
      return [...report.domains.keys()]
  }
}

/**
 * What would change if other domains went to the twin. Nothing is trained or asked: the report has judged each domain by both.
 * @param twin the domains that it answers now
 * @param would those that it would answer
 */
export function whatIf(
  report: TransferReport,
  twin: readonly string[],
  would: readonly string[],
  rule: WhatIf['rule'] = 'chosen',
): WhatIf {
  const { metric } = report
  return {
    rule,
    domains: [...would],
    shown: changeOn(report, metric, twin, would),
    validation: changeOn(report.validation, metric, twin, would),
  }
}

function changeOn(judged: Judged, metric: string, now: readonly string[], would: readonly string[]): ChangeOn {
  const places = [...judged.domains]
  const total = places.reduce((sum, [, { cases }]) => sum + cases, 0)
  const sideOf = (twins: readonly string[], domain: string): ServiceChange['from'] =>
    twins.includes(domain) ? 'twin' : 'model'
  const services = places.flatMap(([domain, { cases, users, difference }]): ServiceChange[] => {
    const [from, to] = [sideOf(now, domain), sideOf(would, domain)]
    if (from === to) return []
    const { mean, low, high } = difference[metric]
    const change = to === 'twin' ? { mean: -mean, low: -high, high: -low } : { mean, low, high }
    return [{ domain, from, to, cases, users, ...change }]
  })
  // A domain without cases weighs nothing, and its NaN neither.
  const weighed = services.filter(({ cases }) => cases > 0)
  const isMean = meansOverCases(judged, metric)
  const sum = (of: (change: ServiceChange) => number) =>
    isMean && total > 0 ? weighed.reduce((all, one) => all + (one.cases / total) * of(one), 0) : Number.NaN
  const change = { mean: sum(({ mean }) => mean), low: sum(({ low }) => low), high: sum(({ high }) => high) }
  const meanNow = isMean
    ? places.reduce((all, [domain, one]) => {
        if (one.cases === 0) return all
        return all + (one.cases / total) * one[sideOf(now, domain)][metric].mean
      }, 0)
    : Number.NaN
  return {
    part: judged.protocol.split ?? 'test',
    now: total > 0 ? meanNow : Number.NaN,
    would: total > 0 ? meanNow + change.mean : Number.NaN,
    change,
    cases: { moved: services.reduce((all, { cases }) => all + cases, 0), of: total },
    services,
  }
}

/** Whether the metric of all cases is the mean of those of the domains; an AUC is not. */
function meansOverCases({ domains, overall }: Judged, metric: string): boolean {
  const places = [...domains.values()].filter(({ cases }) => cases > 0)
  const agrees = (of: (one: Judgment) => ByMetric<Summary>) => {
    const mean = places.reduce((sum, one) => sum + (one.cases / overall.cases) * of(one)[metric].mean, 0)
    return Math.abs(mean - of(overall)[metric].mean) <= 1e-9
  }
  return places.length === 1 || (agrees(({ model }) => model) && agrees(({ twin }) => twin))
}
