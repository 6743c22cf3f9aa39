import type { ArmReadout, Course, Forecasts, Readout, Soundness } from '../serving/experiments/readout/index.ts'
import type { TextTable } from './compare-text.ts'

const CHECKS: Readonly<Record<keyof Soundness, string>> = {
  srm: 'users as planned',
  exposures: 'one arm a user',
  preExposure: 'alike before',
  eventLoss: 'events arrive',
  shortLists: 'full lists',
  latency: 'equally fast',
  reach: 'same people by service',
  weeks: 'whole weeks',
}

/** Whether it can be believed, check by check. */
export function soundTable({ sound }: Readout): TextTable {
  const names = Object.keys(CHECKS) as (keyof Soundness)[]
  return {
    columns: [{ title: 'is it sound?' }, { title: 'verdict' }, { title: 'why' }],
    rows: names.map((name) => [CHECKS[name], sound[name].status, sound[name].says]),
  }
}

/** What a metric did in each service, and in all. */
export function metricTable({ metrics, treatment }: ArmReadout, control: string, name: string): TextTable {
  const readings = metrics.get(name)
  return placesTable([name, control, treatment], readings, ({ verdict }) => verdict)
}

export function guardrailTable({ guardrails, treatment }: ArmReadout, control: string, name: string): TextTable {
  const readings = guardrails.get(name)
  const bound = readings === undefined ? '' : ` (at most ${share(readings.overall.margin).replace('+', '')} worse)`
  return placesTable([`${name}${bound}`, control, treatment], readings, ({ verdict }) => verdict)
}

type Place = ArmReadout['metrics'] extends ReadonlyMap<string, infer R> ? R : never

function placesTable<V extends string, T extends Omit<Place['overall'], 'verdict'> & { readonly verdict: V }>(
  [title, control, treatment]: readonly [string, string, string],
  readings: { readonly overall: T; readonly domains: ReadonlyMap<string, T> } | undefined,
  verdict: (reading: T) => string,
): TextTable {
  const right = (title: string) => ({ title, align: 'right' as const })
  const row = (place: string, reading: T) => [
    place,
    reading.users.toLocaleString('en-US'),
    figure(reading.control),
    figure(reading.treatment),
    changeText(reading),
    verdict(reading),
  ]
  return {
    columns: [
      { title },
      right('users'),
      right(control),
      right(treatment),
      right('change, 95 % however often one looks'),
      { title: 'verdict' },
    ],
    rows:
      readings === undefined
        ? []
        : [
            ...[...readings.domains].map(([domain, reading]) => row(domain, reading)),
            ...(readings.domains.size === 1 ? [] : [row('all services', readings.overall)]),
          ],
  }
}

/** What an experiment said at moments of its time: a table an arm and metric. */
export function courseTables({ control, moments }: Course): (TextTable & { readonly title: string })[] {
  const right = (title: string) => ({ title, align: 'right' as const })
  const arms = moments.at(-1)?.arms ?? []
  return arms.flatMap(({ treatment, metrics }, a) =>
    [...metrics.keys()].map((metric) => ({
      title: `${metric}, ${treatment} against ${control}`,
      columns: [
        { title: 'read at' },
        right('users'),
        right('difference, 95 % however often one looks'),
        { title: 'verdict' },
        { title: 'sound?' },
        { title: 'what to do' },
      ],
      rows: moments.flatMap(({ at, sound, arms }) => {
        const { metrics, decision } = arms[a]
        const reading = metrics.get(metric)?.overall
        if (reading === undefined) return []
        const { mean, low, high, users, verdict } = reading
        const known = Number.isFinite(low) && Number.isFinite(high)
        const difference = known ? `${signed(mean)} [${signed(low)}, ${signed(high)}]` : '–'
        const when = new Date(at).toISOString().slice(0, 16).replace('T', ' ')
        return [[when, users.toLocaleString('en-US'), difference, verdict, sound, decision.says]]
      }),
    })),
  )
}

const signed = (value: number) => `${value < 0 ? '−' : '+'}${figure(Math.abs(value))}`

/** Of a shadow: how far lists that nobody saw agree with those that were shown. */
export function agreementTables({ agreement }: Readout): TextTable[] {
  const right = (title: string) => ({ title, align: 'right' as const })
  const part = (value: number) => (Number.isNaN(value) ? '–' : `${(100 * value).toFixed(0)} %`)
  return [...(agreement ?? [])].map(([arm, { overall, domains }]) => ({
    columns: [
      { title: `beside it, ${arm}` },
      right('lists'),
      right('same items'),
      right('same first'),
      ...[...overall.kept.keys()].map((name) => right(`${name} it kept`)),
    ],
    rows: [...domains, ...(domains.size === 1 ? [] : [['all services', overall] as const])].map(([place, one]) => [
      place,
      one.lists.toLocaleString('en-US'),
      part(one.overlap),
      part(one.first),
      ...[...one.kept.values()].map(part),
    ]),
  }))
}

function changeText({ relative }: Pick<Place['overall'], 'relative'>): string {
  return Number.isNaN(relative.low) ? '–' : `${share(relative.mean)} [${share(relative.low)}, ${share(relative.high)}]`
}

function figure(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(4))) : '–'
}

function share(value: number): string {
  return Number.isFinite(value) ? `${value < 0 ? '−' : '+'}${Math.abs(100 * value).toFixed(1)} %` : '–'
}

/** What was expected beside what was found. */
export function forecastText({ forecast }: Readout): string | undefined {
  if (forecast === undefined) return undefined
  const { expected, found, source, apart, right } = forecast
  const range = ({ mean, low, high }: typeof found) => `${figure(mean)} [${figure(low)}, ${figure(high)}]`
  return `${source} expected ${range(expected)}, found was ${range(found)}: ${right ? 'chance explains the rest' : `${Math.abs(apart).toFixed(1)} standard errors apart, the forecast was wrong`}.`
}

/** One row an experiment. */
export function forecastsTable({ forecasts }: Forecasts): TextTable {
  const right = (title: string) => ({ title, align: 'right' as const })
  const range = ({ mean, low, high }: { mean: number; low: number; high: number }) =>
    `${figure(mean)} [${figure(low)}, ${figure(high)}]`
  return {
    columns: [{ title: 'experiment' }, right('expected'), right('found'), right('errors apart'), { title: 'forecast' }],
    rows: forecasts.map(({ experiment, expected, found, apart, right }) => [
      experiment,
      range(expected),
      range(found),
      apart.toFixed(1),
      right ? 'right' : 'wrong',
    ]),
  }
}

export function calibrationText({ calibration: { experiments, right, slope, spread } }: Forecasts): string {
  return `${Math.round(100 * right)} % of ${experiments} forecasts were right (95 % should be); for each unit that was forecast ${slope.toFixed(2)} was found; they are ${spread.toFixed(1)} times as far off as they say.`
}

/** What a reader must know of a readout, in sentences. */
export function readoutNotes({ mode, metrics, due, days, others }: Readout): string[] {
  if (mode === 'shadow')
    return [
      `${days.toFixed(1)} days are counted. Nobody saw the other lists, so that nothing is said of what would have come of them.`,
    ]
  const looks = [...metrics.values()].reduce((sum, { domains }) => sum + domains.size + Number(domains.size > 1), 0)
  const all = looks * (1 + others.length)
  return [
    ...(all > 1 ? [`Verdicts are of ${all} differences looked at together (Holm, p ≤ .05).`] : []),
    due
      ? 'It has run as long as planned: the interval for one look (in --json) may be read, too.'
      : `${days.toFixed(1)} days are counted. Look as often as you like: verdicts stand on intervals that allow it.`,
  ]
}
