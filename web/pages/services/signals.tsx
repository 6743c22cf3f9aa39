import { useCallback } from 'preact/hooks'
import { curveChart, looksOf, shareChart } from '../../../src/pages/charts/index.ts'
import { Chart } from '../../parts/chart.tsx'
import type { Report } from './words.ts'

type Training = NonNullable<Report['training']>
type Column = Training['lambda'][number]

/** What the model logged of itself while it trained, where it has such signals. */
export function Signals({ report: { training, model } }: { report: Report }) {
  if (training === undefined)
    return (
      <section>
        <h2>What the model weighed</h2>
        <p>
          {model} logs no weights of services while it trains. <code>syncrec</code> logs λ, φ and gates,{' '}
          <code>cgrec</code> λ.
        </p>
      </section>
    )
  const { lambda, gap, gates, bestEpoch } = training
  return (
    <section>
      <h2>What the model weighed</h2>
      <p>
        Training losses, not verdicts: those are about cases that no training saw. Circles mark epoch {bestEpoch}, whose
        weights were kept.
      </p>
      <div class="pair">
        <Curve
          training={training}
          columns={lambda}
          label="λ, how much each service’s loss counts; 1 is neutral"
          neutral={1}
        />
        <Curve
          training={training}
          columns={gap}
          label="φ, the negative transfer gap; below 0 training on all harms the service"
          neutral={0}
        />
      </div>
      {gates.length > 0 && <Gates gates={gates} bestEpoch={bestEpoch} />}
    </section>
  )
}

function Curve(props: { training: Training; columns: readonly Column[]; label: string; neutral: number }) {
  const { training, columns, label, neutral } = props
  const { epochs, bestEpoch } = training
  const series = columns.map(({ name }) => name)
  const figure = useCallback(
    (width: number) => {
      const points = columns.flatMap(({ name, values }) =>
        values.flatMap((value, i) => (value === null ? [] : [{ series: name, x: epochs[i]!, value }])),
      )
      const marked = points.filter(({ x }) => x === bestEpoch)
      return curveChart(points, { series, label: label.split(',')[0]!, marked, neutral, width: Math.min(width, 640) })
    },
    [columns],
  )
  if (columns.length === 0) return null
  return <Chart figure={figure} caption={label} legend={looksOf(series)} />
}

function Gates({ gates, bestEpoch }: { gates: Training['gates']; bestEpoch: number }) {
  const experts = Math.max(...gates.map(({ values }) => values.length))
  const parts = Array.from({ length: experts }, (_, k) => `expert ${k + 1}`)
  const figure = useCallback(
    (width: number) =>
      shareChart(
        gates.map(({ name, values }) => ({ name, shares: values })),
        { parts, label: 'mean gate weight', says: 'share of each expert by task', width: Math.min(width, 860) },
      ),
    [gates],
  )
  return (
    <>
      <h3>Which experts each task uses</h3>
      <Chart
        figure={figure}
        caption={`Mean gate weight of each expert at epoch ${bestEpoch}; cross is the task over all services`}
        legend={looksOf(parts)}
      />
    </>
  )
}
