import * as Plot from '@observablehq/plot'
import { shortened, shortNumber } from './labels.ts'
import { extent } from './parts.ts'

/** A run: what each axis is in it; absent where it has no such option. */
export interface ParallelRun {
  readonly name: string
  readonly values: Readonly<Record<string, number | string | undefined>>
}

export interface ParallelAxis {
  readonly name: string
  readonly logarithmic?: boolean
}

/** A line a run across one axis an option and one for the result; the chosen ones stand out. */
export function parallelChart(
  runs: readonly ParallelRun[],
  options: {
    /** From left to right; the result last. */
    readonly axes: readonly ParallelAxis[]
    readonly label: string
    /** Those that are told from the others: the best tenth, or what a reader selected. */
    readonly chosen: ReadonlySet<string>
    readonly width?: number
    readonly height?: number
  },
): Plot.PlotOptions {
  const { axes, label, chosen, height = 320 } = options
  // Closer than this, values of one axis would run into the next.
  const width = Math.max(options.width ?? 860, 110 * axes.length)
  const scales = axes.map((axis) => ({
    axis,
    ...placesOn(
      axis,
      runs.map(({ values }) => values[axis.name]),
    ),
  }))
  const rows = runs.flatMap(({ name, values }) =>
    scales.map(({ axis, place }) => ({ name, axis: axis.name, place: place(values[axis.name]) })),
  )
  const lacking = new Set(rows.filter(({ place }) => Number.isNaN(place)).map(({ name }) => name))
  const ticks = scales.flatMap(({ axis, ticks }) => ticks.map((tick) => ({ ...tick, axis: axis.name })))
  const line = (rows: readonly object[], options: Plot.LineOptions) =>
    rows.length === 0 ? [] : [Plot.line(rows, { x: 'axis', y: 'place', z: 'name', title: 'name', ...options })]
  return {
    width,
    height,
    marginTop: 34,
    marginBottom: 16,
    marginLeft: 40,
    marginRight: 80,
    ariaLabel: label,
    x: {
      type: 'point',
      padding: 0,
      domain: axes.map(({ name }) => name),
      axis: 'top',
      label: null,
      tickSize: 0,
      tickFormat: (name: string) => shortened(name, 0),
    },
    y: { axis: null, domain: [-0.02, 1.02] },
    marks: [
      ...line(
        rows.filter(({ name }) => !chosen.has(name)),
        { stroke: 'var(--axis)', strokeOpacity: 0.35 },
      ),
      ...line(
        rows.filter(({ name }) => chosen.has(name)),
        { stroke: 'var(--series-0)', strokeOpacity: 0.85, strokeWidth: 1.8 },
      ),
      // A run with one value alone has no line.
      Plot.dot(
        rows.filter(({ name }) => lacking.has(name)),
        { x: 'axis', y: 'place', fill: 'var(--axis)', r: 2.5, title: 'name' },
      ),
      Plot.ruleX(axes, { x: 'name', stroke: 'var(--text)', strokeOpacity: 0.6 }),
      Plot.text(ticks, {
        x: 'axis',
        y: 'place',
        text: 'text',
        dx: 6,
        textAnchor: 'start',
        fill: 'var(--text)',
        stroke: 'var(--page)',
        strokeWidth: 3,
      }),
    ],
  }
}

/** So many values of an axis are told each. */
const FEW = 5

/** From 0 at the bottom of an axis to 1 at its top. */
function placesOn({ logarithmic = false }: ParallelAxis, values: readonly (number | string | undefined)[]) {
  const known = values.filter((value) => value !== undefined)
  if (known.every((value) => typeof value === 'number')) {
    const [least, most] = extent(known)
    const bend = logarithmic && least > 0 ? Math.log : (x: number) => x
    const place = (value: number) => (most === least ? 0.5 : (bend(value) - bend(least)) / (bend(most) - bend(least)))
    const few = [...new Set(known)]
    const middle = bend === Math.log ? Math.sqrt(least * most) : (least + most) / 2
    const marks = few.length <= FEW ? few : [least, middle, most]
    return {
      place: (value: number | string | undefined) => (typeof value === 'number' ? place(value) : Number.NaN),
      ticks: known.length === 0 ? [] : legible(marks.map((mark) => ({ place: place(mark), text: shortNumber(mark) }))),
    }
  }
  const choices = [...new Set(known.map(String))].sort()
  const at = new Map(choices.map((choice, i) => [choice, choices.length === 1 ? 0.5 : i / (choices.length - 1)]))
  return {
    place: (value: number | string | undefined) => (value === undefined ? Number.NaN : at.get(String(value))!),
    ticks: choices.map((choice) => ({ place: at.get(choice)!, text: shortened(choice, 0) })),
  }
}

/** Two texts nearer than this lie on one another. */
const LINE = 0.05

/** From the bottom up, without those that would lie on the one below; the topmost stays. */
function legible<T extends { readonly place: number }>(ticks: readonly T[]): T[] {
  const sorted = [...ticks].sort((a, b) => a.place - b.place)
  const top = sorted.at(-1)
  const kept: T[] = []
  for (const tick of sorted.slice(0, -1))
    if (tick.place - (kept.at(-1)?.place ?? Number.NEGATIVE_INFINITY) >= LINE && top!.place - tick.place >= LINE)
      kept.push(tick)
  return top === undefined ? kept : [...kept, top]
}
