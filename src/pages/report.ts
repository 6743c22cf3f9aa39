import { nameOfAll } from '../core/index.ts'
import { type Comparison, domainsWithCases, summarizeSeeds, type Verdict } from '../evaluation/compare.ts'
import type { CaseGroup, Evaluated, Scores } from '../evaluation/measures/index.ts'
import { writeOwnFile } from '../files/index.ts'
import type { LearningCurve } from '../runs/epochs.ts'
import { VERDICT_COLORS } from './charts/index.ts'
import { differencesChart, meansChart } from './compare-charts.ts'
import {
  comparisonNotes,
  MODEL_WORDS,
  resultsTable,
  type TextTable,
  TRANSFER_WORDS,
  verdictTable,
} from './compare-text.ts'
import { curvesSection, type DrawnCurves, drawnCurves } from './curves.ts'
import { figure } from './draw.ts'
import { boxes, seriesOf } from './looks.ts'
import { details, facts, legend, page, paragraph, section, table } from './markup.ts'
import { type PolicyCurves, policySections } from './policies.ts'

export interface Fact {
  readonly name: string
  readonly value: string
}

export interface Report {
  readonly title: string
  /** A sentence under the title. */
  readonly lead?: string | undefined
  /** What was run: model, dataset, seed, versions, … */
  readonly facts?: readonly Fact[] | undefined
  readonly curves?: readonly LearningCurve[] | undefined
  /** What policies earned while they learned, and how far their rewards were from the truth. */
  readonly policies?: PolicyCurves | undefined
  readonly evaluations?: readonly { readonly name: string; readonly evaluation: Evaluated }[] | undefined
  readonly comparisons?: readonly Comparison[] | undefined
  /**
   * The model whose difference from the first one is what the other domains did to it: the first is then its single-domain
   * twin. It alone gets verdicts, in the words helped and harmed; without it every model does, in the words better and worse.
   */
  readonly transfer?: string | undefined
  /** What is drawn; tables hold every metric. Default what verdicts are about. */
  readonly metric?: string | undefined
}

/**
 * Writes a report as one HTML file that opens anywhere: charts are inline SVG, and it asks for no network and no script.
 * @throws TributaryError as `writeOwnFile`
 */
export async function writeReport(path: string, report: Report): Promise<void> {
  await writeOwnFile(path, renderReport(report))
}

/** The report as HTML text. */
export function renderReport(report: Report): string {
  const { metric } = report
  const curves = drawnCurves(report.curves ?? [], metric ?? report.comparisons?.[0]?.metric ?? 'ndcg@10')
  const series = namesIn(report, curves)
  return page(report.title, report.lead ?? '', [
    report.facts === undefined ? '' : facts(report.facts),
    ...(report.comparisons ?? []).flatMap((comparison) =>
      comparisonSections(comparison, metric ?? comparison.metric, report.transfer, series),
    ),
    ...evaluationSections(report.evaluations ?? [], metric, series),
    ...(report.policies === undefined ? [] : policySections(report.policies, series)),
    curvesSection(curves, series),
  ])
}

/** What the page draws, so that each has one look on it. */
function namesIn({ comparisons = [], evaluations = [], policies }: Report, curves: readonly DrawnCurves[]): string[] {
  return seriesOf(
    ...comparisons.map(({ models }) => models.keys()),
    evaluations.map(({ name }) => name),
    policies?.policies.map(({ name }) => name) ?? [],
    ...curves.map(({ names }) => names),
  )
}

/** The facts of a run's manifest; config values that were set by hand are told apart. */
export function manifestFacts(manifest: {
  readonly model: string
  readonly dataset: { readonly name: string }
  readonly split: string
  readonly seed: number
  readonly threads: number
  readonly config: Readonly<Record<string, { readonly value: unknown; readonly from: string }>>
  readonly versions: Readonly<Record<string, string>>
  readonly result?:
    | {
        readonly epochs: number
        readonly bestEpoch: number
        readonly reason: string
        readonly seconds: number
        readonly cautions?: readonly string[] | undefined
      }
    | undefined
}): Fact[] {
  const { config, result } = manifest
  const set = Object.entries(config).filter(([, option]) => option.from === 'set')
  const shown = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))
  return [
    { name: 'model', value: manifest.model },
    { name: 'dataset', value: manifest.dataset.name },
    { name: 'split', value: manifest.split },
    { name: 'options set', value: set.map(([name, { value }]) => `${name} = ${shown(value)}`).join(', ') || 'none' },
    { name: 'seed', value: String(manifest.seed) },
    { name: 'threads', value: String(manifest.threads) },
    ...(result === undefined
      ? []
      : [
          // Trained domain by domain, a model has a best epoch a domain; why it stopped names them.
          {
            name: 'epochs',
            value:
              config.sequences?.value === 'single'
                ? `${result.epochs}, over all domains`
                : `${result.epochs}, best ${result.bestEpoch}`,
          },
          { name: 'training time', value: formatSeconds(result.seconds) },
          { name: 'stopped because', value: result.reason },
          ...(result.cautions ?? []).map((value) => ({ name: 'caution', value })),
        ]),
    {
      name: 'versions',
      value: Object.entries(manifest.versions)
        .map((entry) => entry.join(' '))
        .join(', '),
    },
  ]
}

/** Which cases, after 'with'. */
const GROUPS: Readonly<Record<CaseGroup, string>> = {
  notRepeated: 'an answer that is new to the user',
  seenInTraining: 'an answer seen in training',
  historyInDomain: 'a history in the domain',
  lastInDomain: 'a last event in the domain',
  lastElsewhere: 'a last event elsewhere, and an earlier one in the domain',
  newToDomain: 'no event in the domain before',
}

const INTERVALS =
  '95\u00a0% bootstrap intervals over users, and over seeds where there are several: they say how much depends on who was logged and on the draw of a training.'

function comparisonSections(
  comparison: Comparison,
  metric: string,
  transfer: string | undefined,
  series: readonly string[],
): string[] {
  const names = [...comparison.models.keys()]
  const cases = comparison.group === undefined ? '' : ` Counted are only cases with ${GROUPS[comparison.group]}.`
  const suffix = comparison.group === undefined ? '' : `, cases with ${GROUPS[comparison.group]}`
  const others = Object.keys(comparison.models.get(names[0])!.overall).filter((name) => name !== metric)
  const several = names.some((name) => comparison.models.get(name)!.seeds.length > 1)
  const seeds = names.map((name) => `${name}: ${comparison.models.get(name)!.seeds.length}`).join('; ')
  const sections = [
    section(
      `Results by domain${suffix}`,
      paragraph(comparison.described + cases),
      drawBars(comparison, metric, series),
      paragraph(
        `${several ? `Means ± standard deviations over seeds (${seeds})` : 'Means of one seed'}${names.length > 1 ? '; bold is the best of a row' : ''}.`,
      ),
      table(resultsTable(comparison, metric)),
      details('Other metrics', others.map((name) => table(resultsTable(comparison, name))).join('\n')),
    ),
  ]
  const compared = [...comparison.differences.keys()].filter((name) => transfer === undefined || name === transfer)
  if (compared.length > 0 && domainsWithCases(comparison).length > 0)
    sections.unshift(
      verdictSection(comparison, metric, compared, transfer === undefined ? MODEL_WORDS : TRANSFER_WORDS, suffix),
    )
  return sections
}

function verdictSection(
  comparison: Comparison,
  metric: string,
  names: readonly string[],
  words: typeof TRANSFER_WORDS,
  suffix: string,
): string {
  const { against } = comparison
  const title =
    words === TRANSFER_WORDS
      ? `What the other domains do to ${names.join(', ')}, against ${against}`
      : `Better or worse than ${against}`
  const colors = Object.entries(VERDICT_COLORS) as [Verdict, string][]
  return section(
    title + suffix,
    paragraph(
      'A verdict is given where the difference is more than chance explains, all domains taken together: of comparisons without any true difference, one in twenty has a verdict.',
    ),
    legend(colors.map(([name, color]) => ({ name: words[name], color }))),
    figure(
      differencesChart(comparison, names, metric),
      `${metric} less that of ${against}, paired by case, averaged over seeds; lines are ${INTERVALS}`,
    ),
    ...comparisonNotes(comparison).map(paragraph),
    ...names.map((name) =>
      table(verdictTable(comparison, name, metric, words), (cell) => {
        const [found] = colors.find(([one]) => words[one] === cell) ?? []
        return found === 'no difference' ? undefined : found
      }),
    ),
  )
}

function drawBars(comparison: Comparison, metric: string, series: readonly string[]): string {
  if (domainsWithCases(comparison).length === 0) return paragraph('There are no cases.')
  const names = [...comparison.models.keys()]
  return [
    names.length > 1 ? boxes(series, names) : '',
    figure(meansChart(comparison, metric, series), `${metric} by domain; thin lines are ${INTERVALS}`),
  ].join('\n')
}

/** One section a protocol, since figures of different protocols must not stand side by side. */
function evaluationSections(
  evaluations: NonNullable<Report['evaluations']>,
  metric: string | undefined,
  series: readonly string[],
): string[] {
  const byProtocol = new Map<string, { name: string; evaluation: Evaluated }[]>()
  for (const entry of evaluations) {
    const { measure, protocol: asked } = entry.evaluation
    const protocol = measure.describe(asked)
    byProtocol.set(protocol, [...(byProtocol.get(protocol) ?? []), entry])
  }
  return [...byProtocol].map(([protocol, entries]) => {
    const single = entries.map(({ name, evaluation }) => ({ name, seeds: [0], evaluations: [evaluation], seconds: 0 }))
    return section(
      'Evaluation',
      paragraph(protocol),
      drawBars(summarizeSeeds(single, { seed: 0 }), metric ?? entries[0].evaluation.measure.yardstick.name, series),
      ...entries.map(({ name, evaluation }) => table(scoresTable(name, evaluation))),
    )
  })
}

function scoresTable(name: string, { domains, overall, macro, groups = {} }: Evaluated): TextTable {
  const metrics = Object.keys(overall).filter((key) => key !== 'cases')
  const row = (place: string, scores: Scores) => [
    place,
    scores.cases.toLocaleString('en-US'),
    ...metrics.map((metric) => (Number.isFinite(scores[metric]) ? scores[metric].toFixed(4) : '–')),
  ]
  return {
    columns: [name, 'cases', ...metrics].map((title, c) => (c === 0 ? { title } : { title, align: 'right' })),
    rows: [
      ...[...domains].map(([domain, scores]) => row(domain, scores)),
      row(nameOfAll(domains.keys()), overall),
      row('mean over domains', macro),
      ...Object.entries(groups).map(([group, scores]) => row(`with ${GROUPS[group as CaseGroup]}`, scores)),
    ],
  }
}

function formatSeconds(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`
}
