import { type ModelSpec, TributaryError } from '../core/index.ts'
import { mean, standardDeviation } from '../math/index.ts'
import { type Epoch, epochsOf, type MetricsLines } from '../runs/epochs.ts'
import type { Manifest, Run } from '../runs/run.ts'
import { type CurvePoint, curveChart } from './charts/index.ts'
import { bestOf, type TextTable } from './compare-text.ts'
import { figure } from './draw.ts'
import { lines } from './looks.ts'
import { details, paragraph, section, table } from './markup.ts'
import { OVER_SEEDS, overSeeds } from './seeds.ts'

/** Runs of one policy that differ in their seed alone. */
export interface PolicyRuns {
  readonly name: string
  readonly runs: readonly MetricsLines[]
}

export interface PolicyCurves {
  readonly policies: readonly PolicyRuns[]
  /** How all of them were shown in the truth, with the controls; absent where they were not. */
  readonly simulation?: Manifest['simulation'] | undefined
}

/** Runs that differ in their seed alone. */
export interface RunGroup {
  readonly name: string
  readonly spec: ModelSpec
  readonly members: readonly { readonly run: Run; readonly events: MetricsLines }[]
}

/**
 * The policies among them, with how they were shown in the truth.
 * @throws TributaryError `mismatch` when some were shown under other rules than others
 */
export function policyCurves(groups: readonly RunGroup[]): PolicyCurves | undefined {
  const policies = groups.filter(({ spec }) => spec.task === 'policy')
  if (policies.length === 0) return undefined
  const runs = policies.flatMap(({ members }) => members.map(({ run }) => run))
  const simulated = runs.filter(({ manifest }) => manifest.simulation !== undefined)
  const [first] = simulated
  const rules = ({ manifest }: Run) => {
    const { leave, maxLength } = manifest.simulation!
    return `${leave.length === 0 ? 'nobody leaving' : `users leaving by ${leave.join(', ')}`} and at most ${maxLength} turns`
  }
  for (const other of simulated)
    if (rules(other) !== rules(first))
      throw new TributaryError(
        'mismatch',
        `${other.folder} was simulated with ${rules(other)}, ${first.folder} with ${rules(first)}; a report holds together what acted in one world`,
      )
  return {
    policies: policies.map(({ name, members }): PolicyRuns => ({ name, runs: members.map(({ events }) => events) })),
    simulation: first?.manifest.simulation,
  }
}

interface Learned {
  readonly name: string
  /** Epochs by run. */
  readonly runs: readonly (readonly Epoch[])[]
}

/** Terms that a policy which rewrites its rewards logs: how far they are from the truth, and from where they began. */
export const REWARD_TERMS = ['rewardError', 'rewardDrift'] as const

const REWARD_TITLES: Readonly<Record<(typeof REWARD_TERMS)[number], string>> = {
  rewardError: 'Reward error: mean |R − G| over visited pairs',
  rewardDrift: 'Reward drift: ‖R − R⁰‖ / ‖R⁰‖',
}

/**
 * What policies earned in the truth while they learned, in each mode, and how their rewards went; nothing where nothing is known.
 * `series`: all that have a look on the page.
 */
export function policySections(
  { policies, simulation }: PolicyCurves,
  series: readonly string[] = policies.map(({ name }) => name),
): string[] {
  const learned = policies.map(({ name, runs }) => ({ name, runs: runs.map(epochsOf) }))
  return [simulation === undefined ? '' : earned(learned, simulation, series), rewards(learned, series)]
}

function earned(
  learned: readonly Learned[],
  simulation: NonNullable<Manifest['simulation']>,
  series: readonly string[],
): string {
  const { every, episodes, leave, maxLength, controls } = simulation
  const modes = Object.keys(Object.values(controls)[0]?.mode ?? {})
  const chart = (mode: string, name: string) => {
    const points = bands(learned, (epoch) => epoch.simulation[mode]?.[name])
    const across = Object.entries(controls).flatMap(([control, { knowsTruth, mode: figures }]) => {
      const value = figures[mode]?.[name]
      return value === undefined ? [] : [{ name: knowsTruth ? `${control}*` : control, value }]
    })
    return { points, across }
  }
  const drawn = (mode: string, name: string, label: string) => {
    const { points, across } = chart(mode, name)
    if (points.length === 0) return ''
    return figure(
      (width) => curveChart(points, { series, label, lines: across, width }),
      `${label}${seeds(learned)}; dashed are the controls, * those that know the truth`,
    )
  }
  const earned = modes.map((mode) => drawn(mode, 'rTra', `R_tra, ${mode}`)).filter((text) => text !== '')
  if (earned.length === 0) return ''
  const lengths = modes.flatMap((mode) => {
    const { points, across } = chart(mode, 'length')
    const all = [...points.map((point) => point.value), ...across.map(({ value }) => value)]
    // Where nobody leaves, all episodes are as long.
    return all.some((value) => value !== all[0]) ? [drawn(mode, 'length', `length, ${mode}`)] : []
  })
  return section(
    'What it earned while it learned',
    paragraph(
      `${episodes} episodes in the truth of the dataset after every ${every === 1 ? 'epoch' : `${ordinal(every)} epoch`}, at most ${maxLength} turns, ${leave.length === 0 ? 'users never leave early' : `users leave by ${leave.join(', ')}`}. No training saw these figures, and nothing was selected by them.`,
    ),
    lines(series, namesOf(learned)),
    ...earned,
    ...lengths,
    paragraph(
      `R_tra over the last quarter of the epochs: mean ± standard deviation over seeds${learned.length > 1 ? '; bold is the best of a column' : ''}.`,
    ),
    table(lastQuarterTable(learned, modes)),
    details(
      'As the papers of DORL and its followers count: mean ± standard deviation over all epochs of one run, the first ones too',
      table(allEpochsTable(learned, modes)),
    ),
  )
}

function rewards(learned: readonly Learned[], series: readonly string[]): string {
  const charts = REWARD_TERMS.map((term) => {
    const points = bands(learned, (epoch) => epoch.losses[term])
    if (points.length === 0) return ''
    const drawn = curveChart(points, { series, label: REWARD_TITLES[term] })
    return `<div>\n<h3>${REWARD_TITLES[term]}</h3>\n${figure(drawn, '')}\n</div>`
  }).filter((text) => text !== '')
  if (charts.length === 0) return ''
  return section(
    'How its rewards went',
    paragraph(
      `R is what the policy is paid by, R⁰ what that was at the start, G the truth, which is only looked at to draw this${seeds(learned)}.`,
    ),
    lines(series, namesOf(learned)),
    `<div class="pair">\n${charts.join('\n')}\n</div>`,
  )
}

const namesOf = (learned: readonly Learned[]): string[] => learned.map(({ name }) => name)

function seeds(learned: readonly Learned[]): string {
  return learned.some(({ runs }) => runs.length > 1) ? `; ${OVER_SEEDS}` : ''
}

function bands(learned: readonly Learned[], figureOf: (epoch: Epoch) => number | undefined): CurvePoint[] {
  return overSeeds(
    learned.flatMap(({ name, runs }) =>
      runs.flat().flatMap((epoch) => {
        const value = figureOf(epoch)
        return value === undefined ? [] : [{ series: name, x: epoch.epoch, value }]
      }),
    ),
  )
}

/** Cumulative rewards of the epochs of a run that were simulated, in order. */
function curveOf(epochs: readonly Epoch[], mode: string): number[] {
  return epochs.flatMap(({ simulation }) => simulation[mode]?.rTra ?? [])
}

/** Of the last quarter of the simulated epochs, at least the last one; NaN where there is none. */
export function lastQuarter(events: MetricsLines, mode: string): number {
  return meanOfLastQuarter(epochsOf(events), mode)
}

function meanOfLastQuarter(epochs: readonly Epoch[], mode: string): number {
  const curve = curveOf(epochs, mode)
  return mean(curve.slice(-Math.max(1, Math.floor(curve.length / 4))))
}

function lastQuarterTable(learned: readonly Learned[], modes: readonly string[]): TextTable {
  const figures = learned.map(({ runs }) =>
    modes.map((mode) => runs.map((epochs) => meanOfLastQuarter(epochs, mode)).filter(Number.isFinite)),
  )
  const best = modes.map((_, m) =>
    bestOf(
      figures.map((own) => ({ mean: mean(own[m]) })),
      false,
    ),
  )
  return {
    columns: columnsOf('policy', ['seeds', ...modes]),
    rows: learned.map(({ name, runs }, l) => [name, String(runs.length), ...figures[l].map(plusMinus)]),
    best: learned.map((_, l) => modes.flatMap((_, m) => (best[m].includes(l) ? [2 + m] : []))),
  }
}

function allEpochsTable(learned: readonly Learned[], modes: readonly string[]): TextTable {
  return {
    columns: columnsOf('policy', ['epochs', ...modes]),
    rows: learned.flatMap(({ name, runs }) =>
      runs.map((epochs, r) => [
        runs.length > 1 ? `${name}, run ${r + 1}` : name,
        String(curveOf(epochs, modes[0]).length),
        ...modes.map((mode) => plusMinus(curveOf(epochs, mode))),
      ]),
    ),
  }
}

function columnsOf(first: string, others: readonly string[]): TextTable['columns'] {
  return [{ title: first }, ...others.map((title) => ({ title, align: 'right' as const }))]
}

function plusMinus(values: readonly number[]): string {
  const known = values.filter(Number.isFinite)
  if (known.length === 0) return '–'
  return known.length === 1 ? known[0].toFixed(2) : `${mean(known).toFixed(2)} ± ${standardDeviation(known).toFixed(2)}`
}

function ordinal(n: number): string {
  const suffix = ['th', 'st', 'nd', 'rd'][n % 100 > 10 && n % 100 < 14 ? 0 : n % 10] ?? 'th'
  return `${n}${suffix}`
}
