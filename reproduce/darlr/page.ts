// The page of reproduce/darlr.ts: tables of every method beside the published row, the controls and ROLeR, with figures.
import { mean } from '../../src/math/bootstrap.ts'
import { type Estimate, estimateFigure, type Level } from '../shared/charts.ts'
import { table, wrapped } from '../shared/markdown.ts'
import {
  ablationSection,
  estimatesSection,
  openSection,
  publishedSection,
  sensitivitySection,
  tunedSection,
  whySection,
} from './darlr-sections.ts'
import { type CurvePanel, curveFigure } from './figures.ts'
import type { Result } from './job.ts'
import { BUDGETS, type Budget, EARLIER, METHODS, settingsOf } from './methods.ts'
import { type DatasetName, PUBLISHED, PUBLISHED_ABLATIONS, type PublishedRow, publishedCurves } from './published.ts'
import { RECORDED_BUDGET, RECORDED_SEEDS, recordedOf } from './recorded.ts'
import {
  bestSection,
  controlRows,
  costSection,
  errorSection,
  finalRow,
  lengthSection,
  shortSection,
  varietySection,
} from './sections.ts'
import { neighborsOf, SETTINGS, WORLDS, type World } from './settings.ts'
import { beginning, curveOf, halfWidth, lastQuarter, pointsAway } from './statistics.ts'
import { nameOf, type Row, type Shown, summaryOf } from './summary.ts'
import { count, endText, percent, plusMinus, pointsText, spreadText, windowOf } from './text.ts'

/** One comparison: a data set under one set of rules for leaving. */
export interface Compared {
  readonly leave: readonly string[]
  readonly controls: Result
  readonly rows: readonly Row[]
  /** What the best policies of each world model earn, one a seed. */
  readonly best: ReadonlyMap<World, readonly Result[]>
  /** What the values of Figure 5 came to on the tuning seed, by label. */
  readonly sensitivity: ReadonlyMap<string, Result>
}

export interface PageInput {
  readonly dataset: DatasetName
  readonly budget: Budget
  readonly compared: readonly Compared[]
  readonly worlds: ReadonlyMap<World, readonly Result[]>
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
  const shorter = budget.epochs === BUDGETS.small.epochs ? '' : ` --epochs ${budget.epochs}`
  const command = `npx tsx reproduce/darlr.ts${dataset === 'coat' ? '' : ` --dataset ${dataset} --data FOLDER`}${shorter}`
  const sections = [
    `# DARLR and its baselines on ${TITLES[dataset]}`,
    '',
    `Written by \`${command}\`, with what was finished then. Reward of an episode of at most 30 turns (R_tra) in the mode \`noRepeat\`, which the tables of the papers report as NX_0. ` +
      `${budget.epochs} epochs of ${count(budget.stepsPerEpoch)} turns in the world model (${count(turns)} turns, ${percent(turns / PUBLISHED_TURNS)} of the published 200 × 100,000); methods that learn ` +
      'from the log alone make a hundredth as many updates. Policies sample from their softmax, as in the papers. Nothing is selected: the last epoch is kept, and the truth is looked at by the simulator alone (and by `gt`, which learns from it, and by what is called *chosen by the truth*).',
    '',
    '**No row is as published.** A row is the method of the paper by our code, with the published options as far as they are known; what the released code does otherwise stands on the page of each method. *released recipe* and *frozen vectors* are nearer to that code. *repeats=false* learns without repeats, which is what is measured.',
    '',
    ...(dataset === 'coat'
      ? [
          `Rows with † are of an earlier comparison, whose runs are gone: ${RECORDED_SEEDS} seeds, ${RECORDED_BUDGET.epochs} epochs of ${count(RECORDED_BUDGET.stepsPerEpoch)} turns; their intervals are over users alone.`,
          '',
        ]
      : []),
    "- **Over epochs (the papers' statistic)**: the mean of the 100-episode means of all epochs of a run, the first ones included; mean ± standard deviation over seeds. The papers' ± is the deviation over the epochs of one run, and says nothing of seeds.",
    '- **Difference in points**: ours less the published mean, ± its standard error, which has our seeds and the published epochs in it. Of the one published seed nobody knows how far it is from another.',
    '- **After as many turns**: mean of the published curve over its first epochs, as many as have the turns (or updates, or epochs of the log) of a training here: like is held against like.',
    '- **End of training**: mean over the last quarter of the epochs, over seeds with the 95 % interval of the mean (Student).',
    `- **Last simulation**: the last policy of each seed in ${count(SETTINGS[dataset].finalEpisodes)} episodes, the same for all methods${SETTINGS[dataset].finalUsers === 'in-turn' ? ', the users in turn' : ''}; means over seeds; differences are paired by episode, with a 95 % interval from drawing users, and seeds where there are several (bootstrap).`,
    '',
  ]
  for (const one of compared) sections.push(...comparedSection(input, one, figures))
  if (compared.length === 0) sections.push('Nothing is finished yet.', '')
  sections.push(...settingsSection(input))
  if (dataset === 'coat') sections.push(...otherDatasets())
  return { page: wrapped(sections.join('\n')), figures }
}

const PUBLISHED_TURNS = BUDGETS.published.epochs * BUDGETS.published.stepsPerEpoch

function shownOf({ dataset, budget }: PageInput, { rows, controls }: Compared): Shown[] {
  const curves = publishedCurves(dataset)
  const earlier = EARLIER.map((method): Row => ({ method, results: [], published: [], estimates: [] }))
  return [...rows, ...earlier].flatMap((row) => {
    const { label, published } = row.method
    const measured = summaryOf(row.results, controls.controls!['best-list'])
    const summary = measured ?? (dataset === 'coat' ? recordedOf(label) : undefined)
    if (summary === undefined) return []
    const paper = PUBLISHED[dataset][published ?? label] ?? PUBLISHED_ABLATIONS[dataset][label]
    const { epochs, stepsPerEpoch } = summary.recorded ? RECORDED_BUDGET : budget
    const curve = curves.get(paper?.curve ?? '')
    // What learns no policy takes no turns, but epochs of the same log.
    const naive = row.method.kind === 'naive'
    const share = naive ? epochs / BUDGETS.published.epochs : (epochs * stepsPerEpoch) / PUBLISHED_TURNS
    return [{ ...row, summary, paper, curve, share }]
  })
}

function comparedSection(input: PageInput, one: Compared, figures: Map<string, string>): string[] {
  const { dataset, budget } = input
  const { leave, controls, rows, best } = one
  const rule = leave.length === 0 ? '' : `, users leave by \`${leave.join(', ')}\``
  const suffix = leave.length === 0 ? '' : `-${leave.join('-').replaceAll(/[^a-z0-9]+/g, '-')}`
  const shown = shownOf(input, one)
  const main = shown.filter(({ method }) => method.kind !== 'ablation')
  const levels: Level[] = ['random', 'best-list', 'oracle'].map((label) => ({
    label,
    value: controls.controls![label].rTra,
  }))
  const add = (name: string, svg: string) => figures.set(`${name}${suffix}`, svg)
  const image = (name: string, text: string) =>
    `![${text}](${dataset === 'coat' ? 'darlr' : `darlr-${dataset}`}/${name}${suffix}.svg)`
  const panels = main
    .filter(({ results }) => results.length > 0 && curveOf(results[0]).length > 1)
    .map(
      ({ method, results, curve }): CurvePanel => ({
        label: method.label,
        curves: results.map((result) => curveOf(result)),
        ...(curve && { published: curve.rTra }),
      }),
    )
  if (panels.length > 0) add('curves', curveFigure(panels, levels.slice(0, 2), 'R_tra, noRepeat'))
  const ends = shown.map((row): Estimate => {
    const { end } = row.summary
    const half = end.count > 1 ? halfWidth(end) : 0
    const published = row.paper?.rTra
    const range = { mean: end.mean, low: end.mean - half, high: end.mean + half }
    return { label: nameOf(row), ...range, ...(published !== undefined && { published }) }
  })
  if (ends.length > 0) add('methods', estimateFigure(ends, levels.slice(0, 2), 'R_tra, noRepeat'))

  return [
    ...shortSection(shown, controls),
    ...(dataset === 'coat' ? whySection(shown, best.get('published') ?? [], controls) : []),
    `## Beside the paper${rule}`,
    '',
    table(
      ['', 'paper', 'here, over epochs', 'difference in points', 'end of training'],
      main.map((row) => [
        nameOf(row),
        row.paper ? plusMinus(row.paper.rTra, row.paper.sd) + windowOf(row.paper) : '–',
        spreadText(row.summary.overEpochs),
        row.paper ? pointsText(pointsAway(row.summary.overEpochs, row.paper)) : '–',
        endText(row.summary.end),
      ]),
    ),
    '',
    table(
      ['', 'published curve, after as many turns', 'published curve, last quarter'],
      main
        .filter(({ curve }) => curve !== undefined)
        .map((row) => [
          nameOf(row),
          row.share < 1 ? mean(beginning(row.curve!.rTra, row.share)).toFixed(2) : '–',
          mean(lastQuarter(row.curve!.rTra)).toFixed(2),
        ]),
    ),
    '',
    ...(dataset === 'coat' ? NOTES : []),
    image('methods', 'end of training by method'),
    '',
    '*Points: end of training with its interval over seeds. Diamonds: the published mean over epochs. Dashed: `random` and `best-list`.*',
    '',
    ...(dataset === 'coat' ? EARLIER_CURVES : []),
    ...(panels.length > 0
      ? [
          image('curves', 'learning curves'),
          '',
          `*Blue: mean over seeds of the 100-episode means by epoch, ± one standard deviation. Red: the published curve (one seed, mean of 9 epochs). Dashed: \`random\` and \`best-list\`. Time is the share of a training: ${count(budget.epochs)} epochs here, 200 there.*`,
          '',
        ]
      : []),
    ...lengthSection(leave, rule, main),
    ...varietySection(main, rule),
    `## Beside the best fixed list${rule}`,
    '',
    '`best-list` recommends the same items to everybody: those with the best mean rating in the training log, shrunken by 5 ratings. Who does not earn more has not been shown to personalize. *Best items*: the same policies when they take their best item instead of drawing.',
    '',
    table(
      ['', 'last simulation', 'against best-list', 'best items', 'coverage'],
      [...controlRows(controls), ...main.map(finalRow)],
    ),
    '',
    ...bestSection(best, controls, neighborsOf(dataset), rule),
    ...estimatesSection(rows, controls, rule),
    ...ablationSection(shown, rule),
    ...sensitivitySection(one.sensitivity, rule),
    ...tunedSection(shown, rule),
    ...publishedSection(rows, PUBLISHED[dataset], dataset, rule),
    ...errorSection(rows, add, image, dataset === 'coat' ? EARLIER_ERRORS : [], rule),
    ...openSection(rows, one.sensitivity, dataset, (label) => dataset === 'coat' && recordedOf(label) !== undefined),
    ...costSection(rows, rule),
  ]
}

/** Figures of runs that are gone; nothing draws them anew. */
const EARLIER_CURVES = [
  '![learning curves of the earlier comparison](darlr/earlier-curves.svg)',
  '',
  '*† Learning curves of the earlier comparison. Blue: mean over five seeds of the 100-episode means by epoch, ± one standard deviation. Red: the published curve (one seed, mean of 9 epochs). Dashed: `random` and `best-list`. Time is the share of a training: 50 epochs here, 200 there.*',
  '',
]

const EARLIER_ERRORS = [
  '![reward error of the earlier comparison](darlr/earlier-rewardError.svg)',
  '',
  '![reward drift of the earlier comparison](darlr/earlier-rewardDrift.svg)',
  '',
  '*† Of the earlier comparison, DARLR alone: mean distance of what is believed from what the truth pays, over the pairs of the epoch, and ‖R − R⁰‖ / ‖R⁰‖; mean over seeds ± one standard deviation. Its error, from .96 to .64 and .71, lies in the published range (.5 to 1); whether it is smaller than that of DORL and ROLeR, as the paper has it, needs their curves.*',
  '',
]

/** Of rows that are far from the published ones for reasons that are known. */
const NOTES = [
  '- **ucb** earns more than published, and not by its fewer epochs alone: at epochs 44 to 50 the published run has 73.5 to 74.3, ours 76.5. The released code learns from negatives that stay the same, which a network can learn by heart, with a dense Adam, another start and L2 on every weight, by the squared error, and counts its bound in the first turn alone; ours draws negatives anew and counts it in every turn. *ucb, released recipe* has the former but for the counts, which there run on over all test episodes.',
  '- **sqn**: the published run learns two linear heads alone, over vectors that stay as they are (*frozen vectors*), so that its values can say what items are worth but little of the state. Here vectors are learned, too, and after a few hundred updates, until which it earns 72 to 74, values follow the state, of which a log without times says nothing. With layers between (the default) its values diverge.',
  '',
]

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
    ...METHODS.filter(({ kind }) => kind !== 'sensitivity').map((method) => {
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
