import { mapValues, nameOfAll } from '../core/index.ts'
import { type ByMetric, type Comparison, domainsWithCases, type Summary, totalCases } from '../evaluation/compare.ts'
import { type Difference, type Finding, SIGNIFICANT, type UnderTrained } from '../evaluation/verdicts.ts'
import type { Verdict } from '../math/index.ts'
import type { TextTable } from './table-text.ts'

export type { TextTable }

/** One row a domain with cases and one for all: each model's mean ± standard deviation over seeds, and which are best. */
export function resultsTable(comparison: Comparison, metric: string): TextTable {
  const names = [...comparison.models.keys()]
  const cell = (summary: Summary) =>
    `${score(summary.mean)}${Number.isNaN(summary.std) ? '' : ` ±${score(summary.std)}`}`
  const row = (place: string, cases: number, pick: (name: string) => ByMetric<Summary>) => {
    const summaries = names.map((name) => pick(name)[metric])
    return { cells: [place, cases.toLocaleString('en-US'), ...summaries.map(cell)], summaries }
  }
  const right = (title: string) => ({ title, align: 'right' as const })
  const rows = [
    ...domainsWithCases(comparison).map((domain) =>
      row(domain, comparison.cases.get(domain)!, (name) => comparison.models.get(name)!.domains.get(domain)!),
    ),
    row(nameOfAll(comparison.cases.keys()), totalCases(comparison), (name) => comparison.models.get(name)!.overall),
  ]
  const columns = [{ title: metric }, right('cases'), ...names.map(right)]
  const firstModel = columns.length - names.length
  return {
    columns,
    rows: rows.map(({ cells }) => cells),
    best: rows.map(({ summaries }) =>
      bestOf(summaries, comparison.lessIsBetter.includes(metric)).map((model) => firstModel + model),
    ),
  }
}

/** Those with the best mean, to the digits that are shown; none where there is no rival. */
export function bestOf(summaries: readonly { readonly mean: number }[], lessIsBetter: boolean): number[] {
  const shown = summaries.map(({ mean }) => Number(mean.toFixed(4)))
  const known = shown.filter((mean) => !Number.isNaN(mean))
  if (known.length < 2) return []
  const best = lessIsBetter ? Math.min(...known) : Math.max(...known)
  return shown.flatMap((mean, model) => (mean === best ? [model] : []))
}

/** How verdicts are worded: between a model and its single-domain twin, and between any two models. */
export type Words = Readonly<Record<Verdict, string>>
export const TRANSFER_WORDS: Words = { helped: 'helped', harmed: 'harmed', 'no difference': 'no difference' }
export const MODEL_WORDS: Words = { helped: 'better', harmed: 'worse', 'no difference': 'no difference' }

/** A verdict in these words, or why there is none. */
export function findingText(finding: Finding, words: Words = TRANSFER_WORDS): string {
  if (finding === 'no cases') return '–'
  return finding in words ? words[finding as Verdict] : finding
}

/** One row a domain with cases and one for all: how much `model` is above the first, the interval, and what it says. */
export function verdictTable(
  comparison: Comparison,
  model: string,
  metric: string,
  words: Words = TRANSFER_WORDS,
): TextTable {
  const row = (place: string, cases: number, difference: Difference) => [
    place,
    cases.toLocaleString('en-US'),
    signed(difference.mean),
    intervalText(difference),
    probability(difference.p),
    findingText(difference.verdict, words),
  ]
  const right = (title: string) => ({ title, align: 'right' as const })
  return {
    columns: [
      { title: `${metric}, ${model} − ${comparison.against}` },
      right('cases'),
      right('difference'),
      right('95 % interval'),
      right('p'),
      { title: 'verdict' },
    ],
    rows: [
      ...domainsWithCases(comparison).map((domain) =>
        row(domain, comparison.cases.get(domain)!, comparison.differences.get(model)!.get(domain)![metric]),
      ),
      row(
        nameOfAll(comparison.cases.keys()),
        totalCases(comparison),
        comparison.overallDifferences.get(model)![metric],
      ),
    ],
  }
}

export function score(value: number): string {
  return Number.isNaN(value) ? '–' : value.toFixed(4)
}

export function signed(value: number): string {
  return Number.isNaN(value) ? '–' : `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(4)}`
}

/** A dash where there are too few users for an interval. */
export function intervalText({ low, high }: { readonly low: number; readonly high: number }): string {
  return Number.isNaN(low) ? '–' : `[${signed(low)}, ${signed(high)}]`
}

export function probability(p: number): string {
  if (Number.isNaN(p)) return '–'
  return p < 0.0095 ? p.toFixed(4) : p.toFixed(2)
}

/** What a reader must know of verdicts on some domains, in sentences. */
export function verdictNotes(
  domains: ReadonlyMap<string, { readonly cases: number; readonly users: number }>,
  leastUsers: number,
  models: Iterable<readonly [string, { readonly underTrained?: UnderTrained }]>,
): string[] {
  const counted = [...domains].filter(([, { cases }]) => cases > 0)
  const few = counted.filter(([, { users }]) => users < leastUsers)
  const looks = counted.length - few.length
  return [
    ...(looks > 1
      ? [
          `Verdicts are of ${looks} domains looked at together (Holm, p ≤ .05); each interval is of its own domain alone.`,
        ]
      : []),
    ...(few.length > 0
      ? [
          `A verdict takes ${leastUsers} users with cases: ${few.map(([domain, { users }]) => `${domain} has ${users}`).join(', ')}.`,
        ]
      : []),
    ...[...models].flatMap(([name, { underTrained }]) =>
      underTrained === undefined ? [] : [underTrainedText(name, underTrained, domains.size)],
    ),
  ]
}

/** The same of a comparison. */
export function comparisonNotes(comparison: Comparison): string[] {
  const { cases, users, leastUsers, models } = comparison
  const counted = mapValues(cases, (count, domain) => ({ cases: count, users: users.get(domain)! }))
  return [...verdictNotes(counted, leastUsers, models), ...testNotes(comparison)]
}

/** Whether two tests over users see what the bootstrap sees, and where not. */
function testNotes({ cases, metric, differences, overallDifferences }: Comparison): string[] {
  const looks = [...differences].flatMap(([model, byDomain]) =>
    [...byDomain, [nameOfAll(cases.keys()), overallDifferences.get(model)!] as const].flatMap(
      ([
        place,
        {
          [metric]: { p, tests },
        },
      ]) =>
        tests === undefined || Number.isNaN(p) || Number.isNaN(tests.t)
          ? []
          : [{ what: differences.size > 1 ? `${model} in ${place}` : place, p, tests }],
    ),
  )
  const unlike = looks.filter(({ p, tests }) =>
    [tests.t, tests.wilcoxon].some((other) => other <= SIGNIFICANT !== p <= SIGNIFICANT),
  )
  if (looks.length === 0) return []
  if (unlike.length === 0) return ["A t test and Wilcoxon's signed ranks, both of users, say the same."]
  const told = unlike.map(
    ({ what, tests }) => `${what} (t test p ${probability(tests.t)}, Wilcoxon p ${probability(tests.wilcoxon)})`,
  )
  return [`A t test and Wilcoxon's signed ranks, both of users, do not both say the same of ${told.join(', ')}.`]
}

/** What a reader must know of a model that was still getting better. */
export function underTrainedText(name: string, { domains, epochs, patience }: UnderTrained, all: number): string {
  const where = domains.length < all ? ` in ${domains.join(', ')}` : ''
  const verdict =
    patience > 0 ? 'nothing is said against it until it has more' : 'with patience=0 so much training is what is judged'
  return `${name} was still getting better in the last of its ${epochs} epochs${where}: ${verdict}.`
}
