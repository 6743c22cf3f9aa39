import type { Fields } from './filter.ts'
import type { RunSummary } from './runs-told.ts'
import { differing, durationText, overSeeds, seedsText } from './summarize.ts'

export type Value = string | number | boolean | undefined

/** What a table of runs can show, sort by and filter by, under the name that filters and addresses use. */
export interface RunColumn {
  readonly name: string
  readonly title: string
  /** Pixels. */
  readonly width: number
  readonly of: (run: RunSummary) => Value
  /** How a figure is written; default with at most four digits that count. */
  readonly written?: (value: number) => string
  /** Stands behind it, where figures of several kinds stand below one another. */
  readonly unit?: (run: RunSummary) => string
}

/** A table's row: one run, or several that differ in nothing but their seed. */
export interface RunRow {
  readonly key: string
  readonly name: string
  readonly runs: readonly RunSummary[]
}

export const fourDigits = (value: number) => value.toFixed(4)
const whole = new Intl.NumberFormat('en-US').format
export const shortest = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 4 }).format

export const FIXED: readonly RunColumn[] = [
  { name: 'best', title: 'Best validation', width: 160, of: ({ yardstick }) => yardstick?.value, written: fourDigits },
  { name: 'model', title: 'Model', width: 110, of: ({ model }) => model },
  { name: 'seed', title: 'Seeds', width: 100, of: ({ seed }) => seed, written: String },
  { name: 'status', title: 'State', width: 170, of: ({ status }) => status },
  { name: 'cases', title: 'Cases', width: 76, of: ({ validation }) => validation?.cases, written: whole },
  { name: 'epochs', title: 'Epochs', width: 76, of: ({ epochs }) => epochs?.done, written: shortest },
  { name: 'best-epoch', title: 'Best epoch', width: 96, of: ({ epochs }) => epochs?.best, written: shortest },
  { name: 'seconds', title: 'Time', width: 110, of: ({ seconds }) => seconds, written: durationText },
  { name: 'dataset', title: 'Dataset', width: 110, of: ({ dataset }) => dataset?.name },
  { name: 'split', title: 'Split', width: 122, of: ({ split }) => split },
  { name: 'metric', title: 'Chosen by', width: 92, of: ({ yardstick }) => yardstick?.metric },
  { name: 'task', title: 'Task', width: 84, of: ({ task }) => task },
  { name: 'changed', title: 'Changed (UTC)', width: 150, of: ({ changed }) => changed, written: momentText },
]

export const SHOWN_AT_FIRST = [
  ...['best', 'model', 'differs', 'seed', 'status', 'cases', 'epochs', 'seconds', 'dataset', 'split'],
]

/** All that these runs have: fixed columns, then metrics, then options that were set (`set.` before one that is also a column). */
export function columnsOf(runs: readonly RunSummary[]): readonly RunColumn[] {
  const fixed = FIXED.toSpliced(2, 0, differsOf(runs))
  const taken = new Set(fixed.map(({ name }) => name))
  const metrics = namesIn(runs, ({ validation }) => validation).filter((name) => !taken.has(name))
  for (const name of metrics) taken.add(name)
  const yardsticks = new Set(runs.flatMap(({ yardstick }) => yardstick?.metric ?? []))
  const [yardstick] = yardsticks
  return [
    ...fixed.map((column) => {
      if (column.name === 'status' && runs.some(({ status }) => status === 'training')) return { ...column, width: 290 }
      if (column.name !== 'best' || yardstick === undefined) return column
      // One name for all stands in the head, else each figure has its own.
      if (yardsticks.size === 1) return { ...column, title: `Best ${yardstick}` }
      return { ...column, width: 184, unit: ({ yardstick }: RunSummary) => yardstick?.metric ?? '' }
    }),
    ...metrics.map((name) => ({
      name,
      title: name,
      width: 150,
      of: ({ validation }: RunSummary) => own(validation, name),
      written: fourDigits,
    })),
    ...namesIn(runs, ({ options }) => options).map((name) => ({
      name: taken.has(name) ? `set.${name}` : name,
      title: name,
      width: 120,
      of: ({ options }: RunSummary) => plain(own(options, name)),
      written: shortest,
    })),
  ]
}

/** The options that tell a run from others of its model. */
function differsOf(runs: readonly RunSummary[]): RunColumn {
  const firsts = new Map(runs.map((run) => [run.group ?? run.id, run]))
  const byModel = new Map(
    [...groupedBy([...firsts.values()], ({ model }) => model)].map(
      ([model, alike]) => [model, byVariety(alike.map(({ options = {} }) => options))] as const,
    ),
  )
  const of = (run: RunSummary) => setText(run, byModel.get(run.model) ?? []) || undefined
  return { name: 'differs', title: 'Options that differ', width: 230, of }
}

/** What is tried in most values comes first, since the end is cut. */
function byVariety(options: readonly Readonly<Record<string, unknown>>[]): readonly string[] {
  const variety = (name: string) => new Set(options.map((one) => JSON.stringify(own(one, name)))).size
  return differing(options)
    .map((name) => ({ name, variety: variety(name) }))
    .sort((a, b) => b.variety - a.variety)
    .map(({ name }) => name)
}

function setText({ options }: RunSummary, names: readonly string[]): string {
  return names
    .flatMap((name) => {
      const value = own(options, name)
      return value === undefined ? [] : `${name}=${plain(value)}`
    })
    .join(' ')
}

function namesIn(runs: readonly RunSummary[], part: (run: RunSummary) => object | undefined): readonly string[] {
  return [...new Set(runs.flatMap((run) => Object.keys(part(run) ?? {})))]
}

function own<T>(of: { readonly [name: string]: T } | undefined, name: string): T | undefined {
  return of !== undefined && Object.hasOwn(of, name) ? of[name] : undefined
}

/** An option's value in one word. */
export function plain(value: unknown): Value {
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : (value as Value)
}

/** What a filter finds in a run; names in any case. */
export function fieldsOf(columns: readonly RunColumn[]): (run: RunSummary) => Fields {
  const byName = new Map(columns.map((column) => [column.name.toLowerCase(), column]))
  return (run) => (name) => (name.toLowerCase() === 'run' ? run.id : byName.get(name.toLowerCase())?.of(run))
}

/** All words of a run in small letters. */
export function wordsOf({ id, model, dataset, split, status, reason, options }: RunSummary): string {
  const set = Object.entries(options ?? {}).map(([name, value]) => `${name}=${plain(value)}`)
  return [id, model, dataset?.name, split, status, reason, ...set].join(' ').toLowerCase()
}

/** @param together those alike but for their seed in one row, in the order of the first of each */
export function rowsOf(runs: readonly RunSummary[], together: boolean): readonly RunRow[] {
  if (!together) return runs.map((run) => ({ key: run.id, name: run.id, runs: [run] }))
  const groups = groupedBy(runs, ({ group, id }) => group ?? id)
  return toldApart([...groups].map(([key, group]) => ({ key, name: groupName(group), runs: group })))
}

function groupedBy<T, K>(all: readonly T[], key: (one: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>()
  for (const one of all) {
    const group = groups.get(key(one))
    if (group === undefined) groups.set(key(one), [one])
    else group.push(one)
  }
  return groups
}

/** What their paths have in common; where that is nothing, their model. */
function groupName(runs: readonly RunSummary[]): string {
  const name = nameOf(runs.map(({ id }) => id))
  return name.startsWith('*') ? (runs[0].model ?? name) : name
}

/** Rows of the same name are told apart by their models and by the options in which those of one model differ. */
function toldApart(rows: readonly RunRow[]): readonly RunRow[] {
  const told = new Map<string, string>()
  for (const alike of groupedBy(rows, ({ name }) => name).values()) {
    if (alike.length === 1) continue
    const models = groupedBy(alike, ({ runs: [{ model }] }) => model)
    for (const [model, own] of models) {
      const options = differing(own.map(({ runs: [{ options = {} }] }) => options))
      for (const { key, name, runs } of own)
        told.set(key, [name, models.size > 1 && model, setText(runs[0], options)].filter(Boolean).join(' '))
    }
  }
  return rows.map((row) => ({ ...row, name: told.get(row.key) ?? row.name }))
}

/** `tuning/wide/seed*` of `tuning/wide/seed1` and `tuning/wide/seed2`. */
export function nameOf(ids: readonly string[]): string {
  const [first = '', ...others] = ids
  if (others.length === 0) return first
  let from = 0
  while (from < first.length && others.every((id) => id[from] === first[from])) from++
  const least = Math.min(...ids.map((id) => id.length)) - from
  let behind = 0
  while (behind < least && others.every((id) => id.at(-1 - behind) === first.at(-1 - behind))) behind++
  return `${first.slice(0, from)}*${behind === 0 ? '' : first.slice(-behind)}`
}

/** What a row is sorted by under a column: the mean over its seeds, the first of them, when it changed last. */
export function sortKey({ runs }: RunRow, { name, of }: RunColumn): string | number | undefined {
  const values = runs.map(of).filter((value) => value !== undefined)
  if (!values.every((value) => typeof value === 'number')) return counted(values)
  if (name === 'changed') return Math.max(...values)
  return name === 'seed' ? values[0] : overSeeds(values)?.mean
}

/** What stands in a row under a column: over several seeds the mean ± the standard deviation, and of how many where not of all. */
export function cellText({ runs }: RunRow, { name, of, written = shortest, unit }: RunColumn): string {
  const values = runs.map(of).filter((value) => value !== undefined)
  if (values.length === 0) return ''
  if (!values.every((value) => typeof value === 'number')) return counted(values)
  if (name === 'seed') {
    // The same seed again: options that say where, not what.
    const again = new Set(values).size < runs.length ? ` (n ${runs.length})` : ''
    return `${seedsText(values)}${again}`
  }
  if (name === 'changed') return written(Math.max(...values))
  const { mean, sd, n, low, high } = overSeeds(values)!
  const spread = sd === undefined || low === high ? '' : ` ± ${written(sd)}`
  return `${written(mean)}${spread}${unit ? ` ${unit(runs[0])}` : ''}${n < runs.length ? ` (${n} of ${runs.length})` : ''}`
}

/** `2 done, 1 training`, or the value that all have. */
function counted(values: readonly Value[]): string {
  const counts = new Map<string, number>()
  for (const value of values) counts.set(String(value), (counts.get(String(value)) ?? 0) + 1)
  return counts.size === 1 ? String(values[0]) : [...counts].map(([value, n]) => `${n} ${value}`).join(', ')
}

/** Names for a legend, each another: the model with as few options as tell its rows apart, or the path where these do not. */
export function labelsOf(rows: readonly RunRow[]): readonly string[] {
  const labels = rows.map((row) => {
    const { model } = row.runs[0]
    const alike = rows.filter(({ runs: [run] }) => run.model === model)
    const set = tellingOptions(alike).flatMap((option) => {
      const value = optionOf(row, option)
      return value === undefined ? [] : [`${option}=${value}`]
    })
    const seed = alike.some((other) => other !== row && other.runs[0].group === row.runs[0].group)
    return model === undefined ? row.name : [model, ...set, ...(seed ? [`seed ${row.runs[0].seed}`] : [])].join(' ')
  })
  return labels.map((label, i) => (labels.indexOf(label) === labels.lastIndexOf(label) ? label : rows[i].name))
}

const optionOf = ({ runs: [{ options }] }: RunRow, name: string) => plain(own(options, name))

/** Beginning with the one that tells most rows apart, until no other tells more. */
function tellingOptions(rows: readonly RunRow[]): readonly string[] {
  const chosen: string[] = []
  const apart = (names: readonly string[]) =>
    new Set(rows.map((row) => JSON.stringify(names.map((name) => optionOf(row, name))))).size
  const left = new Set(differing(rows.map(({ runs: [run] }) => run.options ?? {})))
  while (left.size > 0) {
    const [best] = [...left].sort((a, b) => apart([...chosen, b]) - apart([...chosen, a]))
    if (apart([...chosen, best]) === apart(chosen)) break
    chosen.push(best)
    left.delete(best)
  }
  return chosen
}

export function momentText(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 16).replace('T', ' ')
}
