import { type ByName, byName, mapValues } from '../core/index.ts'
import type { Explanation } from '../trust/explain.ts'
import type { ExplainedSignal } from '../trust/explained-signals.ts'
import { curveChart, shareChart } from './charts/index.ts'
import { figure } from './draw.ts'
import { boxes, lines, seriesOf } from './looks.ts'
import { paragraph, section, table } from './markup.ts'
import { byTask, type SignalPart, signalParts } from './trust-signals-text.ts'

/** Epochs that curves are drawn over. */
interface Epochs {
  readonly epochs: readonly number[]
  readonly bestEpoch: number
}

type Column = readonly (number | null)[]

/** A section a signal, or for several that are about the same things: their course while the model trained, and tables. */
export function signalSections(explanation: Explanation): string[] {
  const parts = signalParts(explanation)
  const series = seriesOf(...parts.flatMap(({ signals }) => signals.map(drawnOf)), [MEAN, DIFFERENT])
  return parts.map((part) =>
    section(
      title(part.title),
      ...part.notes.map(paragraph),
      ...charts(part, explanation.training, series),
      ...part.tables.flatMap((one) => [
        one.title === undefined ? '' : `<h3>${title(one.title)}</h3>`,
        table(one.table),
      ]),
    ),
  )
}

/** A line a series over epochs, circles at the epoch whose weights were kept, and a line across at what is neutral. */
export function courseFigure(
  title: string,
  { epochs, bestEpoch }: Epochs,
  columns: ByName<Column>,
  series: readonly string[],
  neutral?: number,
) {
  const names = [...columns.keys()]
  const points = [...columns].flatMap(([name, column]) =>
    column.flatMap((value, i) => (value === null ? [] : { series: name, x: epochs[i], value })),
  )
  const marked = points.filter(({ x }) => x === bestEpoch)
  const shown = { series, label: title, marked, ...(neutral !== undefined && { neutral }) }
  return [
    '<div>',
    `<h3>${title}</h3>`,
    names.length > 1 ? lines(series, names) : '',
    figure(curveChart(points, shown), ''),
    '</div>',
  ].join('\n')
}

export function expertsOf(gates: ByName<readonly number[]>): string[] {
  const experts = Math.max(...[...gates.values()].map(({ length }) => length))
  return Array.from({ length: experts }, (_, k) => `expert ${k + 1}`)
}

/** Shares of experts by task. */
export function gateFigure(gates: ByName<readonly number[]>, series: readonly string[]): string {
  const parts = expertsOf(gates)
  const rows = [...gates].map(([name, shares]) => ({ name, shares }))
  const says = 'mean gate weight of each expert by task'
  return [
    boxes(series, parts),
    figure(
      (width) => shareChart(rows, { parts, series, label: 'mean gate weight', says, width }),
      'cross is the task over the mixed sequence, the others one domain each',
    ),
  ].join('\n')
}

function charts({ signals }: SignalPart, training: Explanation['training'], series: readonly string[]): string[] {
  const gates = signals.map(gatesOf).find((found) => found !== undefined)
  if (gates !== undefined) return [gateFigure(gates, series)]
  if (training === undefined) return []
  const drawn = signals.flatMap((signal) => courses(signal, training, series))
  return drawn.length === 0 ? [] : [`<div class="pair">\n${drawn.join('\n')}\n</div>`]
}

const [MEAN, DIFFERENT] = ['mean', 'values']

function gatesOf({ values }: ExplainedSignal): ByName<readonly number[]> | undefined {
  if (values?.[0]?.about.expert === undefined) return undefined
  return mapValues(byTask(values), (own) => own.map(({ value }) => value))
}

/** By domain, of signals that are of domains alone. */
function coursesOf({ values = [] }: ExplainedSignal): ByName<Column> {
  const few = values.filter(({ about, course }) => Object.keys(about).join() === 'domain' && course !== undefined)
  return byName(few.map(({ about, course }) => [String(about.domain), course!] as const))
}

function drawnOf(signal: ExplainedSignal): string[] {
  const gates = gatesOf(signal)
  return gates === undefined ? [...coursesOf(signal).keys()] : expertsOf(gates)
}

function courses(signal: ExplainedSignal, training: Epochs, series: readonly string[]): string[] {
  const { name, neutral, values, course } = signal
  if (values !== undefined) {
    const columns = coursesOf(signal)
    return columns.size === 0 ? [] : [courseFigure(name, training, columns, series, neutral)]
  }
  // A signal that is told in the last epoch alone has no course.
  if (course === undefined || course.mean.filter((value) => value !== null).length < 2) return []
  return [
    courseFigure(`${name}, mean`, training, byName([[MEAN, course.mean]]), series),
    courseFigure(`${name}, how many are not 0`, training, byName([[DIFFERENT, course.different]]), series),
  ]
}

function title(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
