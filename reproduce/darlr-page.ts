// The page of reproduce/darlr.ts: tables of every method beside the published row, the controls and ROLeR, with figures.
import { type Interval, mean } from '../src/bootstrap.ts'
import { type CurvePanel, curveFigure, type Estimate, estimateFigure, type Level, lineFigure } from './darlr-figures.ts'
import type { Result } from './darlr-job.ts'
import { BUDGETS, type Budget, type Method, SETTINGS, type Settings, type World } from './darlr-methods.ts'
import {
  type DatasetName,
  PUBLISHED,
  PUBLISHED_ABLATIONS,
  type PublishedRow,
  publishedCurves,
} from './darlr-published.ts'
import { curveOf, difference, endOf, halfWidth, lastQuarter, spread } from './darlr-statistics.ts'

export interface Row {
  readonly method: Method
  readonly settings: Settings
  /** One a seed. */
  readonly results: readonly Result[]
  /** One training at the published budget. */
  readonly published: Result | undefined
}

/** One comparison: a data set under one set of rules for leaving. */
export interface Compared {
  readonly leave: readonly string[]
  readonly controls: Result
  readonly rows: readonly Row[]
}

export interface PageInput {
  readonly dataset: DatasetName
  readonly budget: Budget
  readonly compared: readonly Compared[]
  readonly worlds: ReadonlyMap<World, readonly Result[]>
}

/** Why a method is more than two published standard deviations away from its row, by label. */
const EXPLANATIONS: Readonly<Record<string, string>> = {}

const TITLES: Readonly<Record<DatasetName, string>> = {
  coat: 'Coat',
  kuairec: 'KuaiRec',
  kuairand: 'KuaiRand-Pure',
  yahoo: 'Yahoo! R3',
}

export function writePage(input: PageInput): { page: string; figures: ReadonlyMap<string, string> } {
  const { dataset, budget, compared } = input
  const figures = new Map<string, string>()
  const turns = budget.epochs * budget.stepsPerEpoch
  const command = `npx tsx reproduce/darlr.ts${dataset === 'coat' ? '' : ` --dataset ${dataset} --data FOLDER`}`
  const sections = [
    `# DARLR and its baselines on ${TITLES[dataset]}`,
    '',
    `Written by \`${command}\`, with what was finished then. Reward of an episode of at most 30 turns (R_tra) in the mode \`noRepeat\`, which the tables of the papers report as NX_0. All methods: ` +
      `${budget.epochs} epochs of ${count(budget.stepsPerEpoch)} turns in the world model (${count(turns)} turns, ${percent(turns / (BUDGETS.published.epochs * BUDGETS.published.stepsPerEpoch))} of the published 200 × 100,000); methods that learn ` +
      'from the log alone make a hundredth as many updates. Policies sample from their softmax, as in the papers. Nothing is selected: the last epoch is kept, and the truth is looked at by the simulator alone (and by `gt`, which learns from it).',
    '',
    "- **Over epochs (the papers' statistic)**: mean ± standard deviation of the 100-episode means of all epochs of one run, the first ones included; seed 1. It is no deviation over seeds.",
    '- **End of training**: mean over the last quarter of the epochs, then mean ± standard deviation over seeds with the 95 % interval of the mean (Student).',
    `- **Last simulation**: the last policy of each seed in ${count(SETTINGS[dataset].finalEpisodes)} episodes, the same for all methods${SETTINGS[dataset].finalUsers === 'in-turn' ? ', the users in turn' : ''}; means over seeds; differences are paired by episode, with a 95 % interval from drawing users (bootstrap).`,
    '',
  ]
  for (const one of compared) sections.push(...comparedSection(input, one, figures))
  if (compared.length === 0) sections.push('Nothing is finished yet.', '')
  sections.push(...settingsSection(input))
  if (dataset === 'coat') sections.push(...otherDatasets())
  return { page: sections.join('\n'), figures }
}

function comparedSection(
  { dataset, budget }: PageInput,
  { leave, controls, rows }: Compared,
  figures: Map<string, string>,
): string[] {
  const rule = leave.length === 0 ? '' : `, users leave by \`${leave.join(', ')}\``
  const suffix = leave.length === 0 ? '' : `-${leave.join('-').replaceAll(/[^a-z0-9]+/g, '-')}`
  const curves = publishedCurves(dataset)
  const done = rows.filter(({ results }) => results.length > 0)
  const rowOf = ({ label, published }: Method): PublishedRow | undefined =>
    PUBLISHED[dataset][published ?? label] ?? PUBLISHED_ABLATIONS[dataset][label]
  const main = done.filter(({ method }) => method.kind !== 'ablation')
  const levels: Level[] = ['random', 'best-list', 'oracle'].map((label) => ({
    label,
    value: controls.controls![label]!.rTra,
  }))
  const add = (name: string, svg: string) => figures.set(`${name}${suffix}`, svg)
  const image = (name: string, text: string) =>
    `![${text}](${dataset === 'coat' ? 'darlr' : `darlr-${dataset}`}/${name}${suffix}.svg)`

  const panels = main
    .filter(({ results }) => curveOf(results[0]!).length > 1)
    .map(({ method, results }): CurvePanel => {
      const published = curves?.get(rowOf(method)?.curve ?? '')
      return { label: method.label, curves: results.map((result) => curveOf(result)), ...(published && { published }) }
    })
  if (panels.length > 0) add('curves', curveFigure(panels, levels.slice(0, 2), 'R_tra, noRepeat'))
  const ends = done
    .filter(({ results }) => endOf(results).length > 0)
    .map(({ method, results }): Estimate => {
      const end = spread(endOf(results))
      const half = halfWidth(end)
      const published = rowOf(method)?.rTra
      const [low, high] = Number.isNaN(half) ? [end.mean, end.mean] : [end.mean - half, end.mean + half]
      return { label: method.label, mean: end.mean, low, high, ...(published !== undefined && { published }) }
    })
  if (ends.length > 0) add('methods', estimateFigure(ends, levels.slice(0, 2), 'R_tra, noRepeat'))

  return [
    `## Beside the paper${rule}`,
    '',
    table(
      [
        '',
        'paper',
        'published curve, last quarter',
        'here, over epochs',
        "difference / paper's ±",
        'here, end of training',
      ],
      main.map(({ method, results }) => {
        const paper = rowOf(method)
        const published = curves?.get(paper?.curve ?? '')
        return [
          method.label,
          paper ? plusMinus(paper.rTra, paper.sd) + windowOf(paper) : '–',
          published ? mean(lastQuarter(published)).toFixed(2) : '–',
          overEpochs(results[0]),
          deviation(results[0], paper),
          endText(results),
        ]
      }),
    ),
    '',
    ...explanations(
      main.map(({ method, results }) => ({ label: method.label, result: results[0], paper: rowOf(method) })),
    ),
    ...(ends.length > 0
      ? [
          image('methods', 'end of training by method'),
          '',
          '*Points: end of training with its interval over seeds. Diamonds: the published mean over epochs. Dashed: `random` and `best-list`.*',
          '',
        ]
      : []),
    ...(panels.length > 0
      ? [
          image('curves', 'learning curves'),
          '',
          `*Blue: mean over seeds of the 100-episode means by epoch, ± one standard deviation. Red: the published curve (one seed, mean of 9 epochs). Dashed: \`random\` and \`best-list\`. Time is the share of a training: ${count(budget.epochs)} epochs here, 200 there.*`,
          '',
        ]
      : []),
    ...lengthSection(leave, rule, main, rowOf),
    `## Beside the best fixed list${rule}`,
    '',
    '`best-list` recommends the same items to everybody: those with the best mean rating in the training log, shrunken by 5 ratings. Who does not earn more has not been shown to personalize. *Best items*: the same policies when they take their best item instead of drawing.',
    '',
    table(
      [
        '',
        'last simulation',
        'against best-list',
        'against roler',
        'best items',
        'best items against best-list',
        'coverage',
      ],
      [...controlRows(controls), ...main.map((row) => finalRow(row, controls, done))],
    ),
    '',
    ...ablationSection(done, rowOf, rule),
    ...publishedSection(rows, rowOf, controls, curves, rule),
    ...errorSection(done, add, image, rule),
    ...costSection(done, rule),
  ]
}

/** Where users leave, how long they stay and what a turn pays tell more than the sum. */
function lengthSection(
  leave: readonly string[],
  rule: string,
  rows: readonly Row[],
  rowOf: (method: Method) => PublishedRow | undefined,
): string[] {
  if (leave.length === 0) return []
  const figure = (results: readonly Result[], name: string, digits: number) => {
    const end = endOf(results, name)
    return end.length === 0 ? '–' : mean(end).toFixed(digits)
  }
  return [
    `## Length, reward of a turn, dominated categories${rule}`,
    '',
    'Paper / here, at the end of training.',
    '',
    table(
      ['', 'R_each', 'length', 'MCD'],
      rows.map(({ method, results }) => {
        const paper = rowOf(method)
        const cell = (published: number | undefined, name: string, digits: number) =>
          `${published?.toFixed(digits) ?? '–'} / ${figure(results, name, digits)}`
        return [
          method.label,
          cell(paper?.rEach, 'rEach', 4),
          cell(paper?.length, 'length', 2),
          cell(paper?.mcd, 'mcd', 3),
        ]
      }),
    ),
    '',
  ]
}

function controlRows({ controls = {} }: Result): string[][] {
  const yardstick = controls['best-list']!
  return Object.entries(controls).map(([name, final]) => [
    ['hindsight-list', 'oracle'].includes(name) ? `${name} (knows the truth)` : name,
    final.rTra.toFixed(2),
    name === 'best-list' ? '' : intervalText(difference([final], [yardstick])),
    '',
    '',
    '',
    final.coverage.toFixed(3),
  ])
}

function finalRow({ method, results }: Row, { controls = {} }: Result, rows: readonly Row[]): string[] {
  const finals = results.flatMap(({ final }) => final ?? [])
  if (finals.length === 0) return [method.label, '–', '', '', '', '', '']
  const yardstick = [controls['best-list']!]
  const greedy = finals.every((final) => final.greedy !== undefined)
  return [
    method.label,
    mean(finals.map(({ rTra }) => rTra)).toFixed(2),
    intervalText(difference(finals, yardstick)),
    againstRoler(method, results, rows),
    greedy ? mean(finals.map(({ greedy: rewards }) => mean(rewards!))).toFixed(2) : '',
    greedy ? intervalText(difference(finals, yardstick, 'greedy')) : '',
    mean(finals.map(({ coverage }) => coverage)).toFixed(3),
  ]
}

/** On the seeds that both have. */
function againstRoler({ label }: Method, results: readonly Result[], rows: readonly Row[]): string {
  const rival = rows.find(({ method }) => method.label === 'roler')?.results ?? []
  if (label === 'roler') return ''
  const pairs = results.flatMap((result) => {
    const other = rival.find(({ seed }) => seed === result.seed)
    return result.final && other?.final ? [[result.final, other.final] as const] : []
  })
  if (pairs.length === 0) return '–'
  return intervalText(
    difference(
      pairs.map(([ours]) => ours),
      pairs.map(([, other]) => other),
    ),
  )
}

function ablationSection(
  rows: readonly Row[],
  rowOf: (method: Method) => PublishedRow | undefined,
  rule: string,
): string[] {
  const parts = rows.filter(({ method }) => method.kind === 'ablation')
  if (parts.length === 0) return []
  const whole = rows.filter(({ method }) => ['roler', 'darlr'].includes(method.label))
  return [
    `## DARLR without its parts${rule} (Table 4)`,
    '',
    table(
      ['', 'paper', 'here, over epochs', 'here, end of training', 'last simulation', 'against darlr'],
      [...whole, ...parts].map(({ method, results }) => {
        const paper = rowOf(method)
        const finals = results.flatMap(({ final }) => final ?? [])
        const darlr =
          whole.find((row) => row.method.label === 'darlr')?.results.flatMap(({ final }) => final ?? []) ?? []
        return [
          method.label,
          paper ? plusMinus(paper.rTra, paper.sd) : '–',
          overEpochs(results[0]),
          endText(results),
          finals.length > 0 ? mean(finals.map(({ rTra }) => rTra)).toFixed(2) : '–',
          method.label === 'darlr' || finals.length === 0 || finals.length !== darlr.length
            ? ''
            : intervalText(difference(finals, darlr)),
        ]
      }),
    ),
    '',
  ]
}

function publishedSection(
  rows: readonly Row[],
  rowOf: (method: Method) => PublishedRow | undefined,
  { controls = {} }: Result,
  curves: ReturnType<typeof publishedCurves>,
  rule: string,
): string[] {
  const done = rows.filter(({ published }) => published !== undefined)
  if (done.length === 0) return []
  return [
    `## At the published budget${rule}`,
    '',
    'One training of 200 × 100,000 turns, seed 1.',
    '',
    table(
      [
        '',
        'paper',
        'published curve, last quarter',
        'over epochs',
        "difference / paper's ±",
        'last quarter',
        'last simulation',
        'against best-list',
      ],
      done.map(({ method, published }) => {
        const paper = rowOf(method)
        const curve = curves?.get(paper?.curve ?? '')
        const { final } = published!
        return [
          method.label,
          paper ? plusMinus(paper.rTra, paper.sd) : '–',
          curve ? mean(lastQuarter(curve)).toFixed(2) : '–',
          overEpochs(published),
          deviation(published, paper),
          mean(lastQuarter(curveOf(published!))).toFixed(2),
          final ? final.rTra.toFixed(2) : '–',
          final ? intervalText(difference([final], [controls['best-list']!])) : '–',
        ]
      }),
    ),
    '',
  ]
}

/** Fig. 4: how far what is believed is from what is paid, over the pairs that were visited. */
function errorSection(
  rows: readonly Row[],
  add: (name: string, svg: string) => void,
  image: (name: string, text: string) => string,
  rule: string,
): string[] {
  const figures = [
    [
      'rewardError',
      'reward error',
      'mean distance of what is believed from what the truth pays, over the pairs of the epoch',
    ],
    ['rewardDrift', 'reward drift', '‖R − R⁰‖ / ‖R⁰‖, how far rewards were rewritten'],
  ] as const
  const parts = figures.flatMap(([figure, title, text]) => {
    const lines = rows.flatMap(({ method, results }) => {
      const curves = results.map(({ epochs }) => epochs.flatMap(({ losses }) => losses[figure] ?? []))
      return curves.every((curve) => curve.length > 1) ? [{ series: method.label, curves }] : []
    })
    if (lines.length === 0) return []
    add(figure, lineFigure(lines, title))
    return [image(figure, title), '', `*${text}; mean over seeds ± one standard deviation.*`, '']
  })
  return parts.length === 0 ? [] : [`## What is believed of rewards${rule} (Fig. 4)`, '', ...parts]
}

function costSection(rows: readonly Row[], rule: string): string[] {
  return [
    `## What training took${rule}`,
    '',
    'Seconds of an epoch, of its training alone, on one thread while other trainings ran beside it; `npm run bench -- a2c` measures properly.',
    '',
    table(
      ['', 'seeds', 'seconds an epoch'],
      rows.map(({ method, results }) => [
        method.label,
        String(results.length),
        mean(results.flatMap(({ epochs }) => epochs.map(({ seconds }) => seconds))).toFixed(2),
      ]),
    ),
    '',
  ]
}

function settingsSection({ dataset, compared, worlds }: PageInput): string[] {
  const rows = compared[0]?.rows ?? []
  const made = [...worlds].filter(([, results]) => results.length > 0)
  return [
    '## Settings',
    '',
    'What is not said is the default of the model (`tributary help MODEL`).',
    '',
    ...made.map(
      ([world, results]) =>
        `- world model *${world}*: \`${JSON.stringify(SETTINGS[dataset].worlds[world])}\`; last epoch ${JSON.stringify(rounded(results[0]!.epochs.at(-1)?.losses ?? {}))}`,
    ),
    ...rows.map(({ method, settings }) => {
      const world = method.world ? `, learns in *${method.world}*` : ''
      return `- ${method.label}: \`${method.model}\`, \`${JSON.stringify(settings)}\`${world}`
    }),
    '',
  ]
}

const rounded = (figures: Readonly<Record<string, number>>) =>
  Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, Number(value.toPrecision(4))]))

function otherDatasets(): string[] {
  const names = ['kuairec', 'kuairand', 'yahoo'] as const
  const methods = [...new Set(names.flatMap((name) => Object.keys(PUBLISHED[name])))]
  const ablations = Object.keys(PUBLISHED_ABLATIONS.coat)
  const cell = (row: PublishedRow | undefined) => (row ? plusMinus(row.rTra, row.sd) + windowOf(row) : '–')
  return [
    '## The other data sets',
    '',
    'Their files are not part of this project. Who has them runs the same comparison (what a folder must hold: [data](../data.md#data-sets-for-simulators)); KuaiRec and KuaiRand are run under both rules for leaving that the published logs had:',
    '',
    '```sh',
    ...names.map((name) => `npx tsx reproduce/darlr.ts --dataset ${name} --data FOLDER --seeds 5 --workers 2`),
    '```',
    '',
    'Published R_tra (Tables 2 to 4), with N, the items that the rule for leaving looked back at, where the log of the row tells it. Rows of different N are of different environments: N = 1 is the easier one.',
    '',
    table(
      ['', ...names.map((name) => TITLES[name])],
      [
        ...methods.map((method) => [method, ...names.map((name) => cell(PUBLISHED[name][method]))]),
        ...ablations.map((label) => [label, ...names.map((name) => cell(PUBLISHED_ABLATIONS[name][label]))]),
      ],
    ),
    '',
  ]
}

function explanations(
  rows: readonly { label: string; result: Result | undefined; paper: PublishedRow | undefined }[],
): string[] {
  const far = rows.filter(({ result, paper }) => Math.abs(inDeviations(result, paper) ?? 0) > 2)
  if (far.length === 0) return []
  return [
    'More than two published standard deviations away:',
    '',
    ...far.map(({ label }) => `- **${label}**: ${EXPLANATIONS[label] ?? 'not explained.'}`),
    '',
  ]
}

function inDeviations(result: Result | undefined, paper: PublishedRow | undefined): number | undefined {
  if (result === undefined || paper === undefined || curveOf(result).length === 0) return undefined
  return (mean(curveOf(result)) - paper.rTra) / paper.sd
}

function deviation(result: Result | undefined, paper: PublishedRow | undefined): string {
  const value = inDeviations(result, paper)
  if (value === undefined) return '–'
  const text = signed(value, 1)
  return Math.abs(value) > 2 ? `**${text}**` : text
}

function overEpochs(result: Result | undefined): string {
  const curve = result === undefined ? [] : curveOf(result)
  if (curve.length === 0) return '–'
  const { mean, sd } = spread(curve)
  return plusMinus(mean, sd)
}

function endText(results: readonly Result[]): string {
  const end = endOf(results)
  if (end.length === 0) return '–'
  const all = spread(end)
  if (all.count === 1) return `${all.mean.toFixed(2)} (1 seed)`
  const half = halfWidth(all)
  const interval = `[${(all.mean - half).toFixed(2)}, ${(all.mean + half).toFixed(2)}]`
  return `${plusMinus(all.mean, all.sd)} ${interval} (${all.count} seeds)`
}

const windowOf = ({ window }: PublishedRow) => (window === undefined ? '' : ` (N ${window})`)
const plusMinus = (value: number, sd: number) => `${value.toFixed(2)} ± ${sd.toFixed(2)}`
const count = (value: number) => value.toLocaleString('en-US')
const percent = (share: number) => `${Number((100 * share).toPrecision(2))} %`
const signed = (value: number, digits = 2) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(digits)}`

function intervalText({ mean, low, high }: Interval): string {
  const text = `${signed(mean)} [${signed(low)}, ${signed(high)}]`
  return low > 0 || high < 0 ? `**${text}**` : text
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n')
}
