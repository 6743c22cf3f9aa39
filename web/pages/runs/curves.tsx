import { useCallback, useMemo } from 'preact/hooks'
import { type CurvePoint, curveChart, looksOf } from '../../../src/pages/charts/index.ts'
import { Show } from '../../parts/answered.tsx'
import { Chart } from '../../parts/chart.tsx'
import { param, setParams } from '../../url.ts'
import { bandOf } from './bands.ts'
import type { RunRow } from './columns.ts'
import { type SeriesTold, useSeries } from './runs-told.ts'

interface CurvesProps {
  readonly rows: readonly RunRow[]
  readonly labels: readonly string[]
}

/** A figure of all rows over their trainings, the metric chosen; several seeds as their mean and what they span. */
export function Curves({ rows, labels }: CurvesProps) {
  const bySeconds = param('by') === 'seconds'
  const logarithmic = param('log') === 'yes'
  const metric = param('metric') || firstMetric(rows)
  const told = useSeries(
    rows.flatMap(({ runs }) => runs),
    [metric],
  )
  return (
    <section>
      <h2>Curves</h2>
      <div class="toolbar">
        <label>
          Figure{' '}
          <select value={metric} onChange={(event) => setParams({ metric: event.currentTarget.value })}>
            {[...new Set([metric, ...(told.value?.metrics ?? [])])].map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        <label>
          Over{' '}
          <select value={param('by')} onChange={(event) => setParams({ by: event.currentTarget.value })}>
            <option value="">epochs</option>
            <option value="seconds">seconds of training</option>
          </select>
        </label>
        <label>
          <input type="checkbox" checked={logarithmic} onChange={() => setParams({ log: logarithmic ? '' : 'yes' })} />{' '}
          Logarithmic
        </label>
      </div>
      <Show of={told}>{(value) => <Drawn {...{ value, rows, labels, metric, bySeconds, logarithmic }} />}</Show>
    </section>
  )
}

/** What the weights of the first run were chosen by. */
export function firstMetric(rows: readonly RunRow[]): string {
  const metric = rows[0]?.runs[0]?.yardstick?.metric
  return metric === undefined ? 'losses/loss' : `validation/${metric}`
}

interface DrawnProps extends CurvesProps {
  readonly value: SeriesTold
  readonly metric: string
  readonly bySeconds: boolean
  readonly logarithmic: boolean
}

function Drawn({ value, rows, labels, metric, bySeconds, logarithmic }: DrawnProps) {
  const lines = useMemo(
    () =>
      rows.flatMap(({ runs }, r) => {
        const ids = new Set(runs.map(({ id }) => id))
        const curves = value.series.filter(({ run }) => ids.has(run))
        return [...new Set(curves.map(({ domain }) => domain))].map((domain) => {
          const own = curves.filter((curve) => curve.domain === domain)
          const band = bandOf(
            own.map(({ epochs, seconds, values }) => ({
              at: bySeconds ? seconds : epochs,
              values: values.map((one) => one ?? Number.NaN),
            })),
          )
          // Of an only run, where its weights are from.
          const [{ best, epochs, values }] = own
          const kept = own.length === 1 && !bySeconds && best !== undefined ? epochs.indexOf(best) : -1
          const name = domain === undefined ? labels[r] : `${labels[r]} · ${domain}`
          return {
            name,
            row: r,
            band,
            marked: kept < 0 ? [] : [{ series: name, x: best!, value: values[kept] ?? Number.NaN }],
          }
        })
      }),
    [value, rows, labels, bySeconds],
  )
  // A row keeps its look, unless its domains were trained apart.
  const apart = lines.length !== new Set(lines.map(({ row }) => row)).size
  const series = useMemo(() => (apart ? lines.map(({ name }) => name) : labels), [lines, labels])
  const points = useMemo(
    () =>
      lines.flatMap(({ name, band }): CurvePoint[] =>
        band
          .filter(({ low }) => !logarithmic || low > 0)
          .map(({ at, mean, low, high, n }) => ({ series: name, x: at, value: mean, ...(n > 1 && { low, high }) })),
      ),
    [lines, logarithmic],
  )
  const figure = useCallback(
    (width: number) =>
      curveChart(points, {
        series,
        label: metric,
        along: bySeconds ? 'seconds' : 'epoch',
        logarithmic,
        marked: lines.flatMap(({ marked }) => marked),
        width,
        height: 340,
        tips: true,
      }),
    [points, series, metric],
  )
  if (points.length === 0)
    return <p class="muted">None of these runs has a figure of that name yet{logarithmic && ' that is above 0'}.</p>
  const several = points.some(({ low }) => low !== undefined)
  const circle = lines.some(({ marked }) => marked.length > 0)
  return (
    <Chart
      figure={figure}
      legend={lines.length > 1 ? looksOf(series) : undefined}
      caption={[
        `${metric} by ${bySeconds ? 'seconds of training' : 'epoch'}`,
        several && 'the mean of the seeds that got so far, and from the least to the greatest of them',
        circle && 'a circle where the weights were kept',
      ]
        .filter(Boolean)
        .join('; ')}
    />
  )
}
