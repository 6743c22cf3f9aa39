import { type ByName, byName, mapValues } from '../core/index.ts'
import type { Explanation } from '../trust/explain.ts'
import type { ExplainedSignal } from '../trust/explained-signals.ts'
import { curveChart, seriesColor, shareChart } from './charts/index.ts'
import { draw } from './draw.ts'
import { figure, legend, paragraph, section, table } from './markup.ts'
import { byTask, type SignalPart, signalParts } from './trust-signals-text.ts'

/** Epochs that curves are drawn over. */
interface Epochs {
  readonly epochs: readonly number[]
  readonly bestEpoch: number
}

type Column = readonly (number | null)[]

/** A section a signal, or for several that are about the same things: their course while the model trained, and tables. */
export function signalSections(explanation: Explanation): string[] {
  return signalParts(explanation).map((part) =>
    section(
      title(part.title),
      ...part.notes.map(paragraph),
      ...charts(part, explanation.training),
      ...part.tables.flatMap((one) => [
        one.title === undefined ? '' : `<h3>${title(one.title)}</h3>`,
        table(one.table),
      ]),
    ),
  )
}

/** A line a series over epochs, circles at the epoch whose weights were kept, and a line across at what is neutral. */
export function courseFigure(title: string, { epochs, bestEpoch }: Epochs, columns: ByName<Column>, neutral?: number) {
  const series = [...columns.keys()]
  const points = [...columns].flatMap(([name, column]) =>
    column.flatMap((value, i) => (value === null ? [] : { series: name, x: epochs[i], value })),
  )
  const marked = points.filter(({ x }) => x === bestEpoch)
  const shown = { series, label: title, marked, ...(neutral !== undefined && { neutral }) }
  return [
    '<div>',
    `<h3>${title}</h3>`,
    series.length > 1 ? legend(series.map((name, index) => ({ name, color: seriesColor(index) }))) : '',
    figure(draw(curveChart(points, shown)), ''),
    '</div>',
  ].join('\n')
}

/** Shares of experts by task. */
export function gateFigure(gates: ByName<readonly number[]>): string {
  const experts = Math.max(...[...gates.values()].map(({ length }) => length))
  const parts = Array.from({ length: experts }, (_, k) => `expert ${k + 1}`)
  const rows = [...gates].map(([name, shares]) => ({ name, shares }))
  const says = 'mean gate weight of each expert by task'
  return [
    legend(parts.map((name, k) => ({ name, color: seriesColor(k) }))),
    figure(
      draw(shareChart(rows, { parts, label: 'mean gate weight', says })),
      'cross is the task over the mixed sequence, the others one domain each',
    ),
  ].join('\n')
}

function charts({ signals }: SignalPart, training: Explanation['training']): string[] {
  const gates = signals.find(({ values = [] }) => values[0]?.about.expert !== undefined)
  if (gates?.values !== undefined)
    return [gateFigure(mapValues(byTask(gates.values), (own) => own.map(({ value }) => value)))]
  if (training === undefined) return []
  const drawn = signals.flatMap((signal) => courses(signal, training))
  return drawn.length === 0 ? [] : [`<div class="pair">\n${drawn.join('\n')}\n</div>`]
}

function courses({ name, neutral, values, course }: ExplainedSignal, training: Epochs): string[] {
  if (values !== undefined) {
    const few = values.filter(({ about, course }) => Object.keys(about).join() === 'domain' && course !== undefined)
    if (few.length === 0) return []
    const columns = byName(few.map(({ about, course }) => [String(about.domain), course!] as const))
    return [courseFigure(name, training, columns, neutral)]
  }
  // A signal that is told in the last epoch alone has no course.
  if (course === undefined || course.mean.filter((value) => value !== null).length < 2) return []
  return [
    courseFigure(`${name}, mean`, training, byName([['mean', course.mean]])),
    courseFigure(`${name}, how many are not 0`, training, byName([['values', course.different]])),
  ]
}

function title(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
