// The page of reproduce/biao.ts: tables from the predictions and weights of every pair, base, form and seed.
import { LEAST_SPREAD } from '../../src/core/index.ts'
import { mean, standardDeviation } from '../../src/math/index.ts'
import { estimateFigure } from '../shared/charts.ts'
import { differenceText, short } from '../shared/figures.ts'
import { table, wrapped } from '../shared/markdown.ts'
import type { Form, Settings } from './forms.ts'
import { EXTRA_PAIR, INTERVALS, isWeighed, LOWER_GRID, SPLIT_SHARES, TUNING_SEEDS, UPPER_GRID } from './forms.ts'
import { type Answers, areasOf, difference } from './intervals.ts'
import type { Result } from './job.ts'
import { paperSections } from './paper.ts'
import type { WeightGroup, WeightGroups } from './weights.ts'

/** The trainings of one form of one base on one pair, a seed each, and what validation chose for them. */
export interface Row {
  readonly pair: string
  readonly base: string
  readonly form: Form
  readonly results: readonly Result[]
  readonly lower: Settings
  readonly upper: Settings
  /** Of each of UPPER_GRID. */
  readonly tried: readonly { readonly validation: number; readonly sd: number }[]
}

export interface PageInput {
  readonly rows: readonly Row[]
  /** By pair. */
  readonly rates: ReadonlyMap<string, readonly Result[]>
  /** Of each of INTERVALS. */
  readonly intervals: readonly (readonly Result[])[]
  /** Of each of SPLIT_SHARES. */
  readonly splits: readonly (readonly Result[])[]
}

const BASE_NAMES: Readonly<Record<string, string>> = { conet: 'CoNet', minet: 'MiNet', dasl: 'DASL' }
const nameOf = ({ base, form }: Pick<Row, 'base' | 'form'>) => {
  const name = BASE_NAMES[base]
  if (form === 'plain') return name
  if (!isWeighed(form)) return `${name}-${form}`
  return `${name}+BIAO${form === 'biao' ? '' : `, ${form.replace('recent', 'N')}`}`
}

/** The page, and the images that it shows by their names in `docs/results/biao`. */
export function writePage({ rows, rates, intervals, splits }: PageInput): {
  readonly page: string
  readonly figures: ReadonlyMap<string, string>
} {
  const pairs = [...new Set(rows.map(({ pair }) => pair))]
  const figures = new Map<string, string>()
  const page = wrapped(
    [
      '# BIAO on MovieLens and ciao',
      '',
      `Written by \`npx tsx reproduce/biao.ts\`, with what was finished then. Pairs: \`films:Children\` are MovieLens's (ml-latest-small) films of that genre as target and all others as source, their categories the first of their other genres; \`rest:Electronics\` is that category of ciao against its 27 others, which are the categories; in \`Electronics:Beauty\` the source has one category. The paper's data (Amazon) are not these: only directions compare.`,
      '',
      `A user's last target row is tested, the one before chooses, ratings above 3 are positive, AUC is over all test rows of a pair. Rate and weight decay of S, 0 and plain are chosen on validation from ${list(LOWER_GRID)}, BIAO's own from ${list(UPPER_GRID)}, for each pair and base, means over seeds ${TUNING_SEEDS.join(' and ')}, which no result uses; the base's setting under BIAO is that of plain. Batches of 256, at most 15 epochs, the last liked N = 20 items in the perceptron unless it says 50. **At work** is BIAO with the setting that did best on validation among those that let the weights' standard deviation be ${LEAST_SPREAD} or more. Intervals: 95 %, users and seeds drawn together.`,
      '',
      '## Were the weights at work?',
      '',
      'Over all source rows, their mean being 1; means over seeds, the median of sd. *Effective* is the share of rows that, counting alike, would tell as much. Below .1 the training is that of the base: nothing can be said of BIAO there.',
      '',
      table(
        ['', 'sd', '5 % to 95 %', 'effective', 'γ', 'at work'],
        rows.flatMap((row) => weightRow(row) ?? []),
      ),
      '',
      ...pairs.flatMap((pair) => pairSection(pair, rows, rates.get(pair) ?? [])),
      '## What validation chose',
      '',
      table(
        ['', 'lower', 'upper', 'validation and sd of each upper setting, in the order above'],
        rows.map((row) => [
          `${row.pair}, ${nameOf(row)}`,
          settings(row.lower),
          settings(row.upper),
          row.tried.map(({ validation, sd }) => `${short(validation)} (sd ${figure(sd)})`).join(', ') ||
            (isWeighed(row.form) ? 'not tuned yet: the middle one' : '–'),
        ]),
      ),
      '',
      ...weightSections(rows, figures),
      ...extraSection(
        `## The interval between upper steps (the paper's Figure 5; CoNet+BIAO, ${EXTRA_PAIR})`,
        INTERVALS.map((interval) => `${interval}`),
        intervals,
      ),
      ...extraSection(
        `## Dev rows split off (the paper's Table 3; MiNet+BIAO, ${EXTRA_PAIR})`,
        SPLIT_SHARES.map((share) => `${share}`),
        splits,
        rows.find(({ pair, base, form }) => pair === EXTRA_PAIR && base === 'minet' && form === 'biao')?.results,
      ),
      ...paperSections(),
    ].join('\n'),
  )
  return { page, figures }
}

function pairSection(pair: string, rows: readonly Row[], rates: readonly Result[]): string[] {
  const own = rows.filter((row) => row.pair === pair)
  const of = (base: string, form: Form) => own.find((row) => row.base === base && row.form === form)
  const against = (row: Row, form: Form) => {
    const other = of(row.base, form)
    return other === undefined || other === row ? '–' : differenceText(difference([answers(row)], [answers(other)]))
  }
  const counted = rates[0]?.test && areasOf(answers({ results: rates }))[0]
  return [
    `## ${pair}`,
    '',
    `${own[0].results[0].test!.labels.length} test rows. \`rates\`, which counts how often users and items rate above the bound, has ${short(counted ?? Number.NaN)}. RelaImpr is against the S form of the base.`,
    '',
    table(
      ['', 'seeds', 'AUC', 'RelaImpr', '− plain', '− S'],
      own.map((row) => {
        const areas = areasOf(answers(row))
        const alone = of(row.base, 'S')
        const gain = alone === undefined ? Number.NaN : (mean(areas) - 0.5) / (mean(areasOf(answers(alone))) - 0.5) - 1
        return [nameOf(row), `${areas.length}`, meanStd(areas), percent(gain), against(row, 'plain'), against(row, 'S')]
      }),
    ),
    '',
  ]
}

function weightRow(row: Row): string[][] | undefined {
  const spreads = row.results.flatMap(({ spread }) => spread ?? [])
  if (spreads.length === 0) return undefined
  const of = (name: 'sd' | '5%' | '95%' | 'effective') => mean(spreads.map((spread) => spread[name]))
  const scale = mean(row.results.map(({ losses }) => losses.scale))
  return [
    [
      `${row.pair}, ${nameOf(row)}`,
      figure(spreads.map(({ sd }) => sd).sort((a, b) => a - b)[spreads.length >> 1]),
      `${figure(of('5%'))} to ${figure(of('95%'))}`,
      figure(of('effective')),
      scale.toFixed(2),
      `${spreads.filter(({ sd }) => sd >= LEAST_SPREAD).length || 'none'} of ${spreads.length} seeds`,
    ],
  ]
}

/** Figures 3 and 4 where weights are at work. */
function weightSections(rows: readonly Row[], figures: Map<string, string>): string[] {
  const whole = rows.filter(({ form, results }) => form.endsWith('at work') && meanSd(results) >= LEAST_SPREAD)
  if (whole.length === 0) return []
  const shown = (row: Row, of: keyof WeightGroups) => {
    const bySeed = row.results.flatMap(({ groups }) => (groups ? [groups[of]] : []))
    const estimates = means(bySeed, of === 'categories').map(({ name, behaviors, weight, std }) => ({
      label: `${name} (${behaviors.toLocaleString('en-US')} ${behaviors === 1 ? 'row' : 'rows'})`,
      mean: weight,
      low: Math.max(0, weight - std),
      high: weight + std,
    }))
    const title = `${row.pair}, ${nameOf(row)}`
    const name = `${of}-${title.replaceAll(/[^A-Za-z0-9]+/g, '-').toLowerCase()}`
    const by = of === 'categories' ? 'category of the source item' : 'source minus target rows of the user'
    const levels = [{ label: 'the average', value: 1 }]
    figures.set(name, estimateFigure(estimates, levels, 'mean weight', `by ${by}, ± one standard deviation over seeds`))
    return [`**${title}**`, '', `![Mean weight by ${by}](biao/${name}.svg)`, '']
  }
  return [
    "## Mean weight by category of the source item (the paper's Figure 3)",
    '',
    'Means over seeds ± their standard deviation over seeds: where that is as large as the distance from 1, a category has no weight of its own but the luck of its start.',
    '',
    ...whole.flatMap((row) => shown(row, 'categories')),
    "## Mean weight by length of history (the paper's Figure 4)",
    '',
    "A user's source minus target training rows; the paper's weights rise with it.",
    '',
    ...whole.flatMap((row) => shown(row, 'lengths')),
  ]
}

/** Over seeds, which have the same groups; the highest first where their order says nothing. */
function means(bySeed: readonly (readonly WeightGroup[])[], sorts: boolean) {
  const found = bySeed[0].map(({ name, behaviors }, i) => {
    const weights = bySeed.map((groups) => groups[i].weight)
    return { name, behaviors, weight: mean(weights), std: standardDeviation(weights) }
  })
  return sorts ? found.sort((a, b) => b.weight - a.weight) : found
}

function extraSection(
  title: string,
  names: readonly string[],
  found: readonly (readonly Result[])[],
  reused: readonly Result[] = [],
): string[] {
  const all = [...names.map((name, i) => ({ name, results: found[i] ?? [] })), { name: 'reused', results: reused }]
  const known = all.filter(({ results }) => results.length > 0)
  if (known.every(({ results }) => results === reused)) return []
  return [
    title,
    '',
    table(
      ['', 'seeds', 'AUC', "weights' sd"],
      known.map(({ name, results }) => [
        name,
        `${results.length}`,
        meanStd(areasOf(answers({ results }))),
        figure(meanSd(results)),
      ]),
    ),
    '',
  ]
}

/** Of the weights over all source rows. */
const meanSd = (results: readonly Result[]) => mean(results.map(({ spread }) => spread?.sd ?? Number.NaN))

function answers({ results }: { readonly results: readonly Result[] }): Answers {
  const { users, labels } = results[0].test!
  return { users, labels, predictions: results.map(({ test }) => test!.predictions) }
}

const list = (grid: readonly Settings[]) => grid.map(settings).join('; ')
const settings = (set: Settings) =>
  Object.entries(set)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ') || '–'
const figure = (value: number) =>
  Number.isNaN(value) ? '–' : value < 0.01 ? `${Number(value.toPrecision(1))}` : value.toFixed(2)
const meanStd = (values: readonly number[]) =>
  `${short(mean(values))}${values.length > 1 ? ` ± ${short(standardDeviation(values))}` : ''}`
const percent = (value: number) =>
  Number.isNaN(value) ? '–' : `${value < 0 ? '−' : '+'}${(100 * Math.abs(value)).toFixed(1)} %`
