// The page of reproduce/darlr.ts: tables of every method beside the published row, the controls and ROLeR, with figures.
import { mean } from '../../src/math/bootstrap.ts'
import { table, wrapped } from '../shared/markdown.ts'
import { type CurvePanel, curveFigure, type Estimate, estimateFigure, type Level } from './figures.ts'
import type { Result } from './job.ts'
import {
  BUDGETS,
  type Budget,
  METHODS,
  type Method,
  neighborsOf,
  SETTINGS,
  settingsOf,
  WORLDS,
  type World,
} from './methods.ts'
import { type DatasetName, PUBLISHED, PUBLISHED_ABLATIONS, type PublishedRow, publishedCurves } from './published.ts'
import {
  ablationSection,
  bestSection,
  controlRows,
  costSection,
  errorSection,
  finalRow,
  lengthSection,
  publishedSection,
  type Row,
  shortSection,
  varietySection,
} from './sections.ts'
import { beginning, curveOf, endOf, halfWidth, lastQuarter, spread } from './statistics.ts'
import {
  awayText,
  count,
  endAway,
  endText,
  FAR,
  overEpochs,
  overEpochsAway,
  percent,
  plusMinus,
  plusMinusOf,
  windowOf,
} from './text.ts'

/** One comparison: a data set under one set of rules for leaving. */
export interface Compared {
  readonly leave: readonly string[]
  readonly controls: Result
  readonly rows: readonly Row[]
  /** What the best policies of each world model earn, one a seed. */
  readonly best: ReadonlyMap<World, readonly Result[]>
}

export interface PageInput {
  readonly dataset: DatasetName
  readonly budget: Budget
  readonly compared: readonly Compared[]
  readonly worlds: ReadonlyMap<World, readonly Result[]>
}

/** Why a method is more than two published standard deviations away from its row, by label. */
const EXPLANATIONS: Readonly<Record<string, string>> = {
  ucb: 'the published run earns as much in its first ten epochs, and loses five by its last quarter: its network goes on to fit the log.',
  sqn: 'the published run learns two linear heads alone, over vectors that stay as they are (by the public script), so that its values can say what items are worth but little of the state. Here vectors are learned, too, and after a few hundred updates, until which it earns 72 to 74, values follow the state, of which a log without times says nothing. With layers between (the default) its values diverge.',
  darlr:
    'no log of it is public. The selector is paid for users who are believed to like what is recommended, so that R believes more and more of whatever is recommended: held-out training rows are ordered worse by the R that it ends with than by the R⁰ that it began with (`npx tsx reproduce/darlr/choice.ts`, docs/log.md). The published budget does not mend that.',
}

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
    '- **After as many turns**: mean of the published curve over its first epochs, as many as have the turns (or updates) of a training here: like is held against like.',
    '- **End of training**: mean over the last quarter of the epochs, then mean ± standard deviation over seeds with the 95 % interval of the mean (Student).',
    `- **Last simulation**: the last policy of each seed in ${count(SETTINGS[dataset].finalEpisodes)} episodes, the same for all methods${SETTINGS[dataset].finalUsers === 'in-turn' ? ', the users in turn' : ''}; means over seeds; differences are paired by episode, with a 95 % interval from drawing users (bootstrap).`,
    '',
  ]
  for (const one of compared) sections.push(...comparedSection(input, one, figures))
  if (compared.length === 0) sections.push('Nothing is finished yet.', '')
  sections.push(...settingsSection(input))
  if (dataset === 'coat') sections.push(...otherDatasets())
  return { page: wrapped(sections.join('\n')), figures }
}

function comparedSection(
  { dataset, budget }: PageInput,
  { leave, controls, rows, best }: Compared,
  figures: Map<string, string>,
): string[] {
  const rule = leave.length === 0 ? '' : `, users leave by \`${leave.join(', ')}\``
  const suffix = leave.length === 0 ? '' : `-${leave.join('-').replaceAll(/[^a-z0-9]+/g, '-')}`
  const curves = publishedCurves(dataset)
  const turnShare =
    (budget.epochs * budget.stepsPerEpoch) / (BUDGETS.published.epochs * BUDGETS.published.stepsPerEpoch)
  const done = rows.filter(({ results }) => results.length > 0)
  const rowOf = ({ label, published }: Method): PublishedRow | undefined =>
    PUBLISHED[dataset][published ?? label] ?? PUBLISHED_ABLATIONS[dataset][label]
  const main = done.filter(({ method }) => method.kind !== 'ablation')
  const levels: Level[] = ['random', 'best-list', 'oracle'].map((label) => ({
    label,
    value: controls.controls![label].rTra,
  }))
  const add = (name: string, svg: string) => figures.set(`${name}${suffix}`, svg)
  const image = (name: string, text: string) =>
    `![${text}](${dataset === 'coat' ? 'darlr' : `darlr-${dataset}`}/${name}${suffix}.svg)`

  const beside = main.map(({ method, results }) => {
    const paper = rowOf(method)
    const curve = curves.get(paper?.curve ?? '')
    const away = [overEpochsAway(results[0], paper), endAway(results, paper, curve?.rTra)] as const
    return { method, results, paper, curve, away }
  })
  const panels = beside
    .filter(({ results }) => curveOf(results[0]).length > 1)
    .map(
      ({ method, results, curve }): CurvePanel => ({
        label: method.label,
        curves: results.map((result) => curveOf(result)),
        ...(curve && { published: curve.rTra }),
      }),
    )
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
    ...shortSection(done, controls, PUBLISHED[dataset].gt),
    `## Beside the paper${rule}`,
    '',
    table(
      [
        '',
        'paper',
        'here, over epochs',
        "difference / paper's ±",
        'published curve, after as many turns',
        'here, over epochs, mean of seeds',
        'published curve, last quarter',
        'here, end of training',
        "difference / paper's ±",
      ],
      beside.map(({ method, results, paper, curve, away }) => [
        method.label,
        paper ? plusMinus(paper.rTra, paper.sd) + windowOf(paper) : '–',
        overEpochs(results[0]),
        awayText(away[0]),
        curve && turnShare < 1 ? mean(beginning(curve.rTra, turnShare)).toFixed(2) : '–',
        plusMinusOf(results.map((result) => mean(curveOf(result)))),
        curve ? mean(lastQuarter(curve.rTra)).toFixed(2) : '–',
        endText(results),
        awayText(away[1]),
      ]),
    ),
    '',
    ...explanations(beside),
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
    ...varietySection(beside, rule),
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
    ...bestSection(best, controls, neighborsOf(dataset), rule),
    ...ablationSection(done, rowOf, rule),
    ...publishedSection(rows, rowOf, controls, curves, rule),
    ...errorSection(done, add, image, rule),
    ...costSection(done, rule),
  ]
}

function settingsSection({ dataset, budget, worlds }: PageInput): string[] {
  const { leave, worlds: worldSettings } = SETTINGS[dataset]
  return [
    '## Settings',
    '',
    'What is not said is the default of the model (`tributary help MODEL`).',
    '',
    ...WORLDS.map((world) => {
      const losses = worlds.get(world)?.[0]?.epochs.at(-1)?.losses
      const end = losses ? `; last epoch, seed 1: \`${JSON.stringify(rounded(losses))}\`` : ''
      return `- world model *${world}*: \`${JSON.stringify(worldSettings[world])}\`${end}`
    }),
    ...METHODS.map((method) => {
      const world = method.world ? `, learns in *${method.world}*` : ''
      const settings = settingsOf(method, dataset, leave[0], budget)
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
  rows: readonly { readonly method: Method; readonly away: readonly (number | undefined)[] }[],
): string[] {
  const far = rows.filter(
    ({ method, away }) => method.kind !== 'ours' && away.some((value) => Math.abs(value ?? 0) > FAR),
  )
  if (far.length === 0) return []
  return [
    `More than ${FAR} published standard deviations away:`,
    '',
    ...far.map(({ method: { label } }) => `- **${label}**: ${EXPLANATIONS[label] ?? 'not explained.'}`),
    '',
  ]
}
