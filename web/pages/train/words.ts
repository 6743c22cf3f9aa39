// What a form says, as the words of a command and as a request: nothing that equals a default, and nothing twice.
import type { SpecOption } from './types.ts'

/** By the names of options, what stands in their fields. */
export type Fields = Readonly<Record<string, string>>

/** What is chosen beside the options. */
export interface Chosen {
  readonly model: string
  readonly split: string
  readonly seeds: readonly number[]
  readonly name: string
  readonly warmStart: string
}

export const MOST_SEEDS = 50

/** What differs from the default, as `--set` has it; an empty field is the default. */
export function setOptions(options: readonly SpecOption[], fields: Fields): Record<string, string> {
  const set: Record<string, string> = {}
  for (const { name, default: usual } of options) {
    const text = fields[name]?.trim() ?? ''
    if (text !== '' && text !== textOf(usual)) set[name] = text
  }
  return set
}

/** A value as a field and as `--set` have it: lists with commas between. */
export function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  return Array.isArray(value) && value.every((one) => typeof one === 'number')
    ? value.join(',')
    : (JSON.stringify(value) ?? '')
}

/** What is wrong with a field, as far as the option says it; the server has the last word. */
export function fault({ type, choices, bounds, range }: SpecOption, text: string): string | undefined {
  const given = text.trim()
  if (given === '') return undefined
  const fits =
    choices !== undefined
      ? choices.some((choice) => String(choice) === given)
      : bounds === undefined || (given === 'null' && type.includes('null')) || isWithin(Number(given), type, bounds)
  return fits ? undefined : `must be ${range}`
}

function isWithin(value: number, type: string, bounds: NonNullable<SpecOption['bounds']>): boolean {
  const { atLeast = -Infinity, above = -Infinity, atMost = Infinity, below = Infinity } = bounds
  if (!(type.includes('number') ? Number.isFinite(value) : Number.isSafeInteger(value))) return false
  return value >= atLeast && (value > above || above === -Infinity) && value <= atMost && value < below
}

/** `1-3, 7` as 1, 2, 3, 7; nothing where it is something else, or too many. */
export function seedsOf(text: string): readonly number[] | undefined {
  const seeds = new Set<number>()
  for (const part of (text.trim() || '1').split(',')) {
    const [, first, last = first] = /^\s*(\d{1,15})\s*(?:-\s*(\d{1,15})\s*)?$/.exec(part) ?? []
    if (first === undefined || Number(last) < Number(first) || Number(last) - Number(first) >= MOST_SEEDS)
      return undefined
    for (let seed = Number(first); seed <= Number(last); seed++) seeds.add(seed)
  }
  return seeds.size <= MOST_SEEDS ? [...seeds] : undefined
}

/** The name, or the model's with a number, that no run has yet. */
export function freeName(model: string, taken: ReadonlySet<string>): string {
  for (let n = 1; ; n++) {
    const name = n === 1 ? model : `${model}-${n}`
    if (!taken.has(name)) return name
  }
}

/** What is a run, or holds one, below a folder. */
export function namesIn(folder: string, paths: readonly string[]): ReadonlySet<string> {
  const names = new Set<string>()
  for (const path of paths)
    if (path.startsWith(`${folder}/`)) {
      const parts = path.slice(folder.length + 1).split('/')
      for (let n = 1; n <= parts.length; n++) names.add(parts.slice(0, n).join('/'))
    }
  return names
}

/** The words of the command that does the same, for each seed. */
export function commandsOf(
  { model, split, seeds, name, warmStart }: Chosen,
  set: Readonly<Record<string, string>>,
  { dataset, into }: { readonly dataset: string; readonly into: string },
): readonly (readonly string[])[] {
  return seeds.map((seed) => [
    ...['train', model, dataset, '--out', `${into}/${seeds.length === 1 ? name : `${name}/seed${seed}`}`],
    ...(seed === 1 ? [] : ['--seed', `${seed}`]),
    ...(split === '' ? [] : ['--split-by', split]),
    ...Object.entries(set).flatMap(([option, value]) => ['--set', `${option}=${value}`]),
    ...(warmStart === '' ? [] : ['--warm-start', warmStart]),
  ])
}
