import { useMemo } from 'preact/hooks'
import { histogramChart, parallelChart, spreadChart } from '../../../src/pages/charts/index.ts'
import { Chart } from '../../parts/chart.tsx'
import { plain, type RunRow } from './columns.ts'
import { settingsOf } from './options.tsx'
import type { RunSummary, RunTold } from './runs-told.ts'
import { differing } from './summarize.ts'

const MOST_AXES = 7
/** Where a histogram says more than dots. */
const MANY = 30

interface TuningProps {
  readonly rows: readonly RunRow[]
  readonly labels: readonly string[]
  readonly details: ReadonlyMap<string, RunTold> | undefined
}

/** How results lie apart: over the seeds of each row, over all runs, and by the options that were tried. */
export function Tuning({ rows, labels, details }: TuningProps) {
  const runs = rows.flatMap(({ runs }) => runs)
  const metric = runs[0]?.yardstick?.metric ?? ''
  const figures = useMemo(() => {
    const valued = rows.flatMap(({ runs }, r): Valued[] => {
      const settings = Object.entries(settingsOf(details?.get(runs[0].id))).map(([name, { value }]) => [name, value])
      return runs.flatMap((run) => {
        const value = resultOf(run, metric)
        return value === undefined ? [] : [{ run, label: labels[r], value, settings: Object.fromEntries(settings) }]
      })
    })
    const label = `${metric} on validation`
    const spread =
      rows.length === valued.length || valued.length < 3 || valued.length > 400
        ? undefined
        : (width: number) =>
            spreadChart(
              valued.map(({ run, label, value }) => ({ group: label, name: run.id.slice(0, 100), value })),
              { label, width },
            )
    const histogram =
      valued.length < MANY
        ? undefined
        : (width: number) =>
            histogramChart(
              valued.map(({ value }) => value),
              { label, width },
            )
    return { valued: valued.length, label, spread, histogram, parallel: parallelOf(valued, metric) }
  }, [rows, labels, metric, details])
  if (figures.spread === undefined && figures.histogram === undefined && figures.parallel === undefined) return null
  const { valued, label, spread, histogram, parallel } = figures
  return (
    <section>
      <h2>How results lie apart</h2>
      {spread && (
        <Chart figure={spread} caption={`${label}, a dot a run (n ${valued}); the bar is the mean of a row`} />
      )}
      {histogram && <Chart figure={histogram} caption={`How many of ${valued} runs reach which ${label}`} />}
      {parallel && (
        <Chart
          figure={parallel.figure}
          caption={`Options that differ, and ${label}, a line a run (n ${valued}); ${parallel.best === 1 ? 'the best one stands' : `the best ${parallel.best} stand`} out${parallel.left > 0 ? `; ${parallel.left} more options differ` : ''}`}
        />
      )}
    </section>
  )
}

function resultOf({ validation, yardstick }: RunSummary, metric: string): number | undefined {
  return yardstick?.metric === metric ? yardstick.value : validation?.[metric]
}

interface Valued {
  readonly run: RunSummary
  readonly label: string
  readonly value: number
  readonly settings: Readonly<Record<string, unknown>>
}

function parallelOf(valued: readonly Valued[], metric: string) {
  // An option that only one model has tells nothing of it.
  const options = differing(valued.map(({ settings }) => settings)).filter(
    (name) =>
      new Set(valued.flatMap(({ settings }) => (settings[name] === undefined ? [] : JSON.stringify(settings[name]))))
        .size > 1,
  )
  if (options.length === 0 || valued.length < 3) return undefined
  const shown = options.slice(0, MOST_AXES)
  const lessIsBetter = valued[0].run.yardstick?.lessIsBetter ?? false
  const byResult = [...valued].sort((a, b) => (lessIsBetter ? a.value - b.value : b.value - a.value))
  const best = Math.max(1, Math.round(valued.length / 10))
  const axes = shown.map((name) => {
    const positive = valued
      .map(({ settings }) => settings[name])
      .filter((value) => typeof value === 'number' && value > 0)
    // What was tried in steps of ten is seen in steps of ten.
    return {
      name,
      logarithmic:
        positive.length > 0 && Math.max(...(positive as number[])) >= 50 * Math.min(...(positive as number[])),
    }
  })
  const lines = valued.map(({ run, value, settings }) => ({
    name: run.id,
    values: { ...Object.fromEntries(shown.map((name) => [name, axisValue(settings[name])])), [metric]: value },
  }))
  const figure = (width: number) =>
    parallelChart(lines, {
      axes: [...axes, { name: metric }],
      label: `runs across ${[...shown, metric].join(', ')}`,
      chosen: new Set(byResult.slice(0, best).map(({ run }) => run.id)),
      width: Math.max(width, 110 * (shown.length + 1)),
    })
  return { figure, best, left: options.length - shown.length }
}

function axisValue(value: unknown): number | string | undefined {
  const one = plain(value)
  return typeof one === 'boolean' ? String(one) : one
}
