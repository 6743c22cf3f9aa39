import type { TrustKey } from '../core/index.ts'
import type { Explanation } from '../trust/explain.ts'
import type { ExplainedSignal, ExplainedValue } from '../trust/explained-signals.ts'
import type { TextTable } from './compare-text.ts'

/** What is shown of one signal, or of several that are about the same few things. */
export interface SignalPart {
  readonly title: string
  readonly signals: readonly ExplainedSignal[]
  /** A sentence each. */
  readonly notes: readonly string[]
  readonly tables: readonly { readonly title?: string; readonly table: TextTable }[]
}

/** What values are about, in the plural. */
const KINDS: Readonly<Record<TrustKey, string>> = {
  domain: 'domains',
  expert: 'experts',
  row: 'rows',
  user: 'users',
  reference: 'reference users',
  item: 'items',
  demonstration: 'demonstrations',
}

export function signalParts({ signals, runs }: Pick<Explanation, 'signals' | 'runs'>): SignalPart[] {
  const listed = new Map<string, ExplainedSignal[]>()
  for (const signal of signals) {
    const about = signal.values === undefined ? signal.name : JSON.stringify(signal.values.map(({ about }) => about))
    listed.set(about, [...(listed.get(about) ?? []), signal])
  }
  return [...listed.values()].map((own) => ({
    title: own.map(({ name }) => name).join(', '),
    signals: own,
    notes: own.map((signal) => `${signal.name}: ${signal.summary}${neutral(signal)}.${spread(signal)}`),
    tables: own[0].values === undefined ? ends(own[0]) : [{ table: valueTable(own, runs.length > 1) }],
  }))
}

function neutral({ neutral }: ExplainedSignal): string {
  return neutral === undefined ? '' : `; ${shown(neutral)} is neutral`
}

function spread({ values, quantiles, mean, count, different }: ExplainedSignal): string {
  if (values !== undefined) return ''
  return ` ${different.toLocaleString('en')} of ${count.toLocaleString('en')} values are not 0; their mean is ${shown(mean)}, half of all lie from ${shown(quantiles['25%'])} to ${shown(quantiles['75%'])}.`
}

/** A row for what values are about and a column a signal; of gates a row a task and a column an expert. */
function valueTable(signals: readonly ExplainedSignal[], several: boolean): TextTable {
  const [{ values = [] }] = signals
  const keys = Object.keys(values[0]?.about ?? {}) as TrustKey[]
  const cell = ({ value, std }: ExplainedValue) => (several ? `${shown(value)} ±${shown(std)}` : shown(value))
  if (keys.join() === 'domain,expert') {
    const experts = Math.max(...values.map(({ about }) => Number(about.expert)))
    return {
      columns: [{ title: 'task' }, ...Array.from({ length: experts }, (_, k) => right(`expert ${k + 1}`))],
      rows: [...byTask(values)].map(([task, own]) => [task, ...own.map(cell)]),
    }
  }
  return {
    columns: [...keys.map((title) => ({ title })), ...signals.map(({ name }) => right(name))],
    rows: values.map(({ about }, i) => [
      ...keys.map((key) => String(about[key])),
      ...signals.map((signal) => cell(signal.values![i])),
    ]),
  }
}

/** What is told of the experts of each task. */
export function byTask(values: readonly ExplainedValue[]): ReadonlyMap<string, readonly ExplainedValue[]> {
  const tasks = new Map<string, ExplainedValue[]>()
  for (const value of values) {
    const task = String(value.about.domain)
    tasks.set(task, [...(tasks.get(task) ?? []), value])
  }
  return tasks
}

function ends({ by = {} }: ExplainedSignal): SignalPart['tables'] {
  return (Object.entries(by) as [TrustKey, NonNullable<typeof by.domain>][]).flatMap(([key, { most, least }]) =>
    [
      { end: 'highest', groups: most },
      { end: 'lowest', groups: least },
    ].flatMap(({ end, groups }) =>
      groups.length === 0
        ? []
        : [
            {
              title: `${end} ${KINDS[key]}`,
              table: {
                columns: [{ title: key }, right('values'), right('mean')],
                rows: groups.map(({ name, values, mean }) => [String(name), String(values), shown(mean)]),
              },
            },
          ],
    ),
  )
}

/** Three decimals, and more where the number is smaller than that. */
function shown(value: number): string {
  if (!Number.isFinite(value)) return '–'
  const text = value === 0 || Math.abs(value) >= 0.01 ? value.toFixed(3) : String(Number(value.toPrecision(2)))
  return text.replace('-', '−')
}

function right(title: string) {
  return { title, align: 'right' as const }
}
