import { useCallback, useMemo } from 'preact/hooks'
import { type Whisker, whiskerChart } from '../../../src/pages/charts/index.ts'
import { Chart } from '../../parts/chart.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { param, setParams } from '../../url.ts'
import { seedsText } from './summarize.ts'

/** What is not a number in a comparison is null in its JSON. */
type Figure = number | null

interface Difference {
  readonly mean: Figure
  readonly low: Figure
  readonly high: Figure
  readonly p: Figure
  readonly verdict: string
}

type Named<T> = { readonly [name: string]: T }

/** What `compare --json` prints, as far as it is shown. */
export interface Results {
  readonly dataset: string
  readonly described: string
  readonly metric: string
  readonly lessIsBetter: readonly string[]
  readonly cases: Named<number>
  readonly users: Named<number>
  readonly allUsers: number
  readonly models: Named<{
    readonly seeds: readonly number[]
    readonly domains: Named<
      Named<{ readonly mean: Figure; readonly std: Figure; readonly low: Figure; readonly high: Figure }>
    >
    readonly overall: Named<{
      readonly mean: Figure
      readonly std: Figure
      readonly low: Figure
      readonly high: Figure
    }>
  }>
  readonly against: string
  readonly differences: Named<Named<Named<Difference>>>
  readonly overallDifferences: Named<Named<Difference>>
  readonly splitNotes?: readonly string[]
}

interface Row {
  readonly model: string
  /** Without what all of its kind have. */
  readonly short: string
  readonly domain: string
  readonly cases: number
  readonly users: number
  readonly seeds: readonly number[]
  readonly figure: { readonly mean: Figure; readonly std: Figure }
  readonly difference: Difference | undefined
  readonly best: boolean
}

const digits = (value: Figure | undefined) => (value == null ? '' : value.toFixed(4))
const signed = (value: Figure | undefined) =>
  value == null ? '' : `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(4)}`
const exact = (value: Figure | undefined) => (value == null ? '' : String(value))

/** Models held against the first, domain by domain: with intervals over users and seeds, and what they say. */
export function ComparisonOf({ results }: { results: Results }) {
  const { metric: judged, against, models } = results
  const metrics = Object.keys(Object.values(models)[0]?.overall ?? {}).filter((name) => name !== 'cases')
  const metric = metrics.includes(param('judged')) ? param('judged') : judged
  const rows = useMemo(() => rowsOf(results, metric), [results, metric])
  const whiskers = useMemo(() => rows.flatMap(whiskerOf), [rows])
  const names = Object.keys(models)
  const first = shortNames(names)[names.indexOf(against)] ?? against
  const figure = useCallback(
    (width: number) =>
      whiskerChart(whiskers, {
        label: `difference in ${metric}`,
        says: `difference in ${metric} from ${first}, by domain`,
        width,
      }),
    [whiskers],
  )
  return (
    <>
      <p>{results.described}</p>
      {results.splitNotes?.map((note) => (
        <p key={note} class="muted">
          {note}
        </p>
      ))}
      <label>
        Figure{' '}
        <select value={metric} onChange={(event) => setParams({ judged: event.currentTarget.value })}>
          {metrics.map((name) => (
            <option key={name}>{name}</option>
          ))}
        </select>
      </label>
      {whiskers.length > 0 && (
        <Chart
          figure={figure}
          caption={`Difference in ${metric} from ${first}; 95 % intervals over users${rows.some(({ seeds }) => seeds.length > 1) ? ' and seeds' : ''}; ${metric === judged ? 'verdicts are about this figure' : `verdicts on ${judged} are under its name`}`}
        />
      )}
      <DataTable
        name={`Differences in ${metric}`}
        rows={rows}
        rowKey={({ model, domain }) => `${domain}\n${model}`}
        columns={COLUMNS}
      />
    </>
  )
}

const COLUMNS: readonly Column<Row>[] = [
  {
    title: 'Model',
    text: ({ model }) => model,
    show: ({ model, short }) => <span title={model}>{short}</span>,
  },
  { title: 'Domain', text: ({ domain }) => domain },
  {
    title: 'Verdict',
    text: ({ difference }) => difference?.verdict ?? 'compared with',
    class: ({ difference }) =>
      ['helped', 'harmed'].includes(difference?.verdict ?? '') ? difference?.verdict : undefined,
  },
  {
    title: 'Difference',
    number: true,
    text: ({ difference }) => exact(difference?.mean),
    show: ({ difference }) => signed(difference?.mean),
  },
  {
    title: 'From',
    number: true,
    text: ({ difference }) => exact(difference?.low),
    show: ({ difference }) => signed(difference?.low),
  },
  {
    title: 'To',
    number: true,
    text: ({ difference }) => exact(difference?.high),
    show: ({ difference }) => signed(difference?.high),
  },
  {
    title: 'p',
    number: true,
    text: ({ difference }) => exact(difference?.p),
    show: ({ difference }) => (difference?.p == null ? '' : difference.p.toPrecision(2)),
  },
  {
    title: 'Mean',
    number: true,
    text: ({ figure }) => exact(figure.mean),
    show: ({ figure: { mean, std } }) => `${digits(mean)}${std == null ? '' : ` ± ${digits(std)}`}`,
    class: ({ best }) => (best ? 'best' : undefined),
  },
  {
    title: 'Cases',
    number: true,
    text: ({ cases }) => String(cases),
    show: ({ cases }) => cases.toLocaleString('en-US'),
  },
  {
    title: 'Users',
    number: true,
    text: ({ users }) => String(users),
    show: ({ users }) => users.toLocaleString('en-US'),
  },
  { title: 'Seeds', text: ({ seeds }) => seedsText(seeds) },
]

export function rowsOf(results: Results, metric: string): readonly Row[] {
  const { models, differences, overallDifferences, cases, users, allUsers, lessIsBetter } = results
  const domains = Object.keys(cases).filter((domain) => cases[domain] > 0)
  let all = 'overall'
  while (domains.includes(all)) all += ' together'
  const places = [
    ...domains.map((domain) => ({ domain, cases: cases[domain], users: users[domain] })),
    ...(domains.length > 1
      ? [{ domain: all, cases: domains.reduce((sum, domain) => sum + cases[domain], 0), users: allUsers }]
      : []),
  ]
  const sign = lessIsBetter.includes(metric) ? -1 : 1
  const short = shortNames(Object.keys(models))
  return places.flatMap((place) => {
    const own = Object.entries(models).map(([model, { seeds, domains: byDomain, overall }], m) => ({
      ...place,
      model,
      short: short[m],
      seeds,
      figure: (place.domain === all ? overall : byDomain[place.domain])?.[metric] ?? { mean: null, std: null },
      difference: (place.domain === all ? overallDifferences[model] : differences[model]?.[place.domain])?.[metric],
    }))
    const most = Math.max(
      ...own.map(({ figure: { mean } }) => (mean === null ? Number.NEGATIVE_INFINITY : sign * mean)),
    )
    return own.map((row) => ({ ...row, best: row.figure.mean !== null && sign * row.figure.mean === most }))
  })
}

function whiskerOf({ short, domain, difference }: Row): Whisker[] {
  if (difference?.mean == null) return []
  const { mean, low, high, verdict } = difference
  const said = verdict === 'helped' || verdict === 'harmed' ? verdict : 'no difference'
  return [{ place: domain, name: short, mean, low: low ?? mean, high: high ?? mean, verdict: said }]
}

/** Entries of a comparison without the settings that all of their model share, as long as that tells them apart. */
export function shortNames(names: readonly string[]): readonly string[] {
  const parts = names.map((name) => name.split(':'))
  const short = parts.map(([model, ...settings]) => {
    const alike = parts.filter(([other]) => other === model)
    return [model, ...settings.filter((one) => !alike.every((other) => other.includes(one, 1)))].join(':')
  })
  return new Set(short).size === names.length ? short : names
}
