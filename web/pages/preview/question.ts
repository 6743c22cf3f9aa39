// What a person asks for on this page, as requests: pure, so that it is tested without a browser.
import type { components } from '../../../src/client/index.ts'
import { shellWord } from '../../../src/core/shell.ts'

export type Schemas = components['schemas']
export type Request = Schemas['RecommendationRequest']
export type Past = Schemas['History']['items'][number]
export type Filter = Schemas['Filter']

/** Of a history that was changed: a stored entry by its place, or the name of an item that was added. */
export type Entry = number | string

/** A whole number as people read it. */
export function count(value: number): string {
  return value.toLocaleString('en-US')
}

/** Items of history that one request can bring along. */
const MOST_HISTORY = 1000

/** All of a stored history, nothing added. */
export function wholeOf(length: number): Entry[] {
  return Array.from({ length }, (_, place) => place)
}

/**
 * What an address says of a history: places and spans of them, and `+` before the name of an item that was added. '' is all that is stored,
 * `none` nothing. What the history does not have is left out.
 */
export function entriesOf(text: string, length: number): Entry[] {
  if (text === '') return wholeOf(length)
  return text.split(',').flatMap((part): Entry[] => {
    if (part.startsWith('+')) return [part.slice(1).replaceAll(/%2[5C]/g, decodeURIComponent)]
    const [, first, last = first] = /^(\d{1,6})(?:-(\d{1,6}))?$/.exec(part) ?? []
    if (first === undefined) return []
    const end = Math.min(Number(last) + 1, length)
    return wholeOf(Math.max(end - Number(first), 0)).map((_, i) => Number(first) + i)
  })
}

/** The other way; the shortest text. */
export function textOf(entries: readonly Entry[], length: number): string {
  if (entries.length === length && entries.every((entry, place) => entry === place)) return ''
  if (entries.length === 0) return 'none'
  const parts: string[] = []
  for (let i = 0; i < entries.length; ) {
    const first = entries[i]
    let end = i + 1
    if (typeof first === 'number') while (entries[end] === first + end - i) end++
    parts.push(
      typeof first === 'string'
        ? `+${first.replaceAll(/[%,]/g, encodeURIComponent)}`
        : end - i > 1
          ? `${first}-${first + end - i - 1}`
          : `${first}`,
    )
    i = end
  }
  return parts.join(',')
}

/** One item earlier or later; at an end it stays. */
export function moved(entries: readonly Entry[], index: number, by: -1 | 1): Entry[] {
  const changed = [...entries]
  const other = index + by
  if (other < 0 || other >= entries.length) return changed
  const [one] = changed.splice(index, 1)
  changed.splice(other, 0, one)
  return changed
}

export interface Question {
  /** '' is a newcomer. */
  readonly user: string
  /** '' is what the placement says. */
  readonly domain: string
  readonly placement: string
  readonly k: number
  readonly filter: Filter | undefined
  /** Whether reasons are asked for. */
  readonly why: boolean
  readonly stored: readonly Past[]
  /** In their order, of those that count. */
  readonly entries: readonly Entry[]
}

/** The request for a list of a model; '' is whoever answers. A history goes along only where it is another than the stored one. */
export function requestOf(question: Question, model: string): Request {
  const { user, domain, placement, k, filter, why, stored, entries } = question
  const kept = entries.slice(-MOST_HISTORY)
  const isStored = user !== '' && textOf(entries, stored.length) === ''
  const values = isStored ? undefined : valuesOf(kept, stored)
  return {
    ...(domain !== '' && { domain }),
    ...(user !== '' && { user }),
    ...(!isStored && kept.length + user.length > 0 && { history: kept.map((entry) => itemOf(entry, stored)) }),
    ...(values !== undefined && { values }),
    k,
    ...(model !== '' && { model }),
    ...(placement !== '' && { placement }),
    ...(filter !== undefined && { filter }),
    ...(why && { explain: true, sources: true }),
    ignoreUnknown: true,
    log: false,
  }
}

export function itemOf(entry: Entry, stored: readonly Past[]): string {
  return typeof entry === 'string' ? entry : stored[entry].item
}

/** As the server reads a history: what says no value counts as liked, as the highest of those that do. */
function valuesOf(entries: readonly Entry[], stored: readonly Past[]): number[] | undefined {
  const values = entries.map((entry) => (typeof entry === 'number' ? stored[entry]?.value : undefined))
  const said = values.filter((value, i) => value !== undefined && isKnown(entries[i], stored)) as number[]
  if (said.length === 0) return undefined
  const highest = Math.max(...said)
  return values.map((value) => value ?? highest)
}

function isKnown(entry: Entry, stored: readonly Past[]): boolean {
  return typeof entry === 'string' || stored[entry].known
}

export const OPERATORS = ['is', 'at most', 'at least', 'is known', 'is not known'] as const
export type Operator = (typeof OPERATORS)[number]

/** A condition as somebody words it. A number that something is may be kept as a text or as a number. */
export function conditionOf(field: string, operator: Operator, text: string): Filter {
  const number = /^[+-]?\d+(\.\d+)?$/.test(text.trim()) ? Number(text) : undefined
  switch (operator) {
    case 'is':
      return number === undefined ? { field, equals: text } : { field, in: [text, number] }
    case 'at most':
      return { field, lte: number ?? text }
    case 'at least':
      return { field, gte: number ?? text }
    default:
      return { field, exists: operator === 'is known' }
  }
}

/** Conditions of which all must hold; undefined where the filter is built otherwise. */
export function conditionsOf(filter: Filter | undefined): readonly Filter[] | undefined {
  if (filter === undefined) return []
  const parts: unknown = filter.field === undefined ? filter.all : [filter]
  return Array.isArray(parts) && parts.every(isCondition) ? parts : undefined
}

/** An address may say anything. */
function isCondition(part: unknown): part is Filter {
  if (typeof part !== 'object' || part === null) return false
  const { field, in: among = [] } = part as Filter
  return typeof field === 'string' && Array.isArray(among)
}

export function filterOf(conditions: readonly Filter[]): Filter | undefined {
  return conditions.length > 1 ? { all: [...conditions] } : conditions[0]
}

/** A condition in words. */
export function worded({ field = '', equals, has, in: among, lt, lte, gt, gte, exists }: Filter): string {
  const said = equals ?? has ?? (among && [...new Set(among.map(String))].join(' or '))
  const parts = [
    said !== undefined && `is ${said}`,
    lt !== undefined && `below ${lt}`,
    lte !== undefined && `at most ${lte}`,
    gt !== undefined && `above ${gt}`,
    gte !== undefined && `at least ${gte}`,
    exists !== undefined && (exists ? 'is known' : 'is not known'),
  ]
  return `${field} ${parts.filter(Boolean).join(', ')}`
}

/** The request for somebody's shell. */
export function curlOf(server: string, request: object, withKey: boolean): string {
  const [address, body] = [`${server}v1/recommendations`, JSON.stringify(request)].map(shellWord)
  const key = withKey ? ' -H "Authorization: Bearer $TRIBUTARY_KEY"' : ''
  return `curl -s ${address}${key} -H 'Content-Type: application/json' -d ${body}`
}

/** What an address says; what is no JSON is no filter. */
export function filterIn(text: string): Filter | undefined {
  try {
    const told: unknown = text === '' ? undefined : JSON.parse(text)
    return typeof told === 'object' && told !== null && !Array.isArray(told) ? told : undefined
  } catch {
    return undefined
  }
}

/** What the items that are known are described by, to choose from. */
export function fieldsOf(items: readonly Schemas['Item'][]): readonly string[] {
  const own = new Set(items.flatMap(({ properties }) => Object.keys(properties)))
  return ['categories', 'title', 'item', ...[...own].sort()]
}

/** What a list is called that names no model. */
export const WHOEVER = 'whoever answers'

/** More lists than this stand beside one another only where somebody asks for them. */
const LISTS_AT_FIRST = 3

/** Whose lists are shown: those asked for, else of the model that answers, then those by an alias, such as a fallback, then others. */
export function listsOf(
  models: readonly Schemas['ServedModel'][],
  first: string,
  asked: readonly string[],
): readonly string[] {
  const known = [...models.map(({ name }) => name), WHOEVER].filter((name) => asked.includes(name))
  if (known.length > 0) return known
  const others = models.filter(({ name }) => name !== first)
  const hasAlias = ({ aliases }: Schemas['ServedModel']) => Number(aliases.length > 0)
  const named = others.sort((a, b) => hasAlias(b) - hasAlias(a)).map(({ name }) => name)
  return [first, ...named].slice(0, LISTS_AT_FIRST)
}
