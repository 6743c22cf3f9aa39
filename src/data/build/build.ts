import { type Dataset, Part, quoted, TributaryError } from '../../core/index.ts'
import { assemble, type CodedRows } from './assemble.ts'
import { encodeCategories } from './categories.ts'
import { attachSideData, type NamedSideData, sideDataOf } from './side-data.ts'
import { compareNames, packNames } from './vocabulary.ts'

/** Rows as columns of names, in file order. */
export interface InteractionColumns {
  readonly user: readonly string[]
  readonly item: readonly string[]
  readonly domain: readonly string[]
  /** Seconds since 1970. */
  readonly timestamp?: ArrayLike<number> | undefined
  readonly value?: ArrayLike<number> | undefined
  readonly part?: readonly PartName[] | undefined
  /** Of the item; empty where it has none. Where the rows of an item disagree, the first that is not empty counts. */
  readonly category?: readonly string[] | undefined
}

export type PartName = keyof typeof Part

/**
 * A dataset in memory, equal in every id and in its hash to the one that the same rows give through a file. Rows with
 * equal timestamps keep their order; without timestamps the order given is the sequence.
 *
 * Throws `bad-row` for a time, value or part that is none, `bad-dataset` for an item in two domains or a truth that names users
 * or items without a row, `not-finite` for a truth with NaN.
 */
export function buildDataset(name: string, columns: InteractionColumns, side: NamedSideData = {}): Dataset {
  const rows = columns.user.length
  for (const [column, values] of Object.entries(columns)) {
    if (values !== undefined && values.length !== rows) {
      const message = `column '${column}' has ${values.length} rows and column 'user' has ${rows}; they must be equal`
      throw new TributaryError('bad-argument', message)
    }
  }
  if (rows === 0) throw new TributaryError('file-empty', `dataset '${name}' has no rows; at least one is needed`)

  const users = code(columns.user)
  const items = code(columns.item)
  const domains = code(columns.domain)
  const itemDomain = domainOfEachItem(columns, items, domains)

  const itemCategory = columns.category && categoryOfEachItem(columns.category, items)

  const dataset = rankAndAssemble(name, users, items, domains.names, itemDomain, itemCategory, {
    timestamp: columns.timestamp && Float64Array.from(columns.timestamp, finite('timestamp')),
    value: columns.value && Float32Array.from(columns.value, finite('value')),
    part: columns.part && Uint8Array.from(columns.part, partCode),
  })
  return attachSideData(dataset, sideDataOf(dataset, side))
}

/**
 * The final ids: users by name, items by domain, then frequency, then name. Every name given must occur in a row;
 * `itemDomain` holds an index of `domains` for each item, `itemCategory` a name or nothing.
 */
function rankAndAssemble(
  name: string,
  users: Coded,
  items: Coded & { readonly counts: ArrayLike<number> },
  domains: readonly string[],
  itemDomain: Int32Array,
  itemCategory: readonly string[] | undefined,
  columns: Pick<CodedRows, 'timestamp' | 'value' | 'part'>,
): Dataset {
  const userOrder = users.names.map((_, id) => id).sort((a, b) => compareNames(users.names[a], users.names[b]))
  const domainNames = [...domains].sort(compareNames)
  const domainRank = domains.map((domain) => domainNames.indexOf(domain))
  const itemOrder = items.names
    .map((_, id) => id)
    .sort(
      (a, b) =>
        domainRank[itemDomain[a]] - domainRank[itemDomain[b]] ||
        items.counts[b] - items.counts[a] ||
        compareNames(items.names[a], items.names[b]),
    )
  const domainStart = new Int32Array(domainNames.length + 1).fill(1)
  for (const domain of itemDomain) {
    for (let d = domainRank[domain] + 1; d < domainStart.length; d++) domainStart[d]++
  }
  const named = (names: readonly string[], order: readonly number[]) => order.map((id) => names[id])
  const names = {
    users: packNames(named(users.names, userOrder), { padding: false }),
    items: packNames(named(items.names, itemOrder), { padding: true }),
    domains: domainNames,
    domainStart,
    categories: itemCategory && encodeCategories(domainStart, ['', ...named(itemCategory, itemOrder)]),
  }
  return assemble(name, names, {
    user: recode(users.codes, userOrder, 0),
    item: recode(items.codes, itemOrder, 1),
    ...columns,
  })
}

/** A column of names as indices of the distinct ones. */
interface Coded {
  readonly codes: Int32Array
  readonly names: readonly string[]
}

/** Codes by first appearance. */
function code(values: readonly string[]): Coded & { readonly counts: readonly number[] } {
  const byName = new Map<string, number>()
  const names: string[] = []
  const counts: number[] = []
  const codes = new Int32Array(values.length)
  for (let row = 0; row < values.length; row++) {
    const name = values[row]
    let id = byName.get(name)
    if (id === undefined) {
      id = names.length
      byName.set(name, id)
      names.push(name)
      counts.push(0)
    }
    counts[id]++
    codes[row] = id
  }
  return { codes, names, counts }
}

function recode(codes: Int32Array, order: readonly number[], first: number): Int32Array {
  const rank = new Int32Array(order.length)
  for (let i = 0; i < order.length; i++) rank[order[i]] = i + first
  return codes.map((id) => rank[id])
}

function domainOfEachItem(columns: InteractionColumns, items: Coded, domains: Coded): Int32Array {
  const itemDomain = new Int32Array(items.names.length).fill(-1)
  for (let row = 0; row < items.codes.length; row++) {
    const item = items.codes[row]
    if (itemDomain[item] === -1) itemDomain[item] = domains.codes[row]
    else if (itemDomain[item] !== domains.codes[row]) {
      const first = items.codes.indexOf(item)
      throw itemInTwoDomains(columns.item[row], [
        { domain: columns.domain[first], place: `row ${first + 1}` },
        { domain: columns.domain[row], place: `row ${row + 1}` },
      ])
    }
  }
  return itemDomain
}

function categoryOfEachItem(categories: readonly string[], items: Coded): string[] {
  const itemCategory = items.names.map(() => '')
  for (const [row, category] of categories.entries()) itemCategory[items.codes[row]] ||= category
  return itemCategory
}

/** `places` name one row for each of two domains. */
export function itemInTwoDomains(
  item: string,
  places: readonly [{ domain: string; place: string }, { domain: string; place: string }],
): TributaryError {
  const [a, b] = places
  return new TributaryError(
    'bad-dataset',
    `item ${quoted(item)} stands in two domains, ${quoted(a.domain)} (${a.place}) and ${quoted(b.domain)} (${b.place}), and an item ` +
      'belongs to one: import with --item-domain prefix if they are different items, with first or most to keep one of the domains',
  )
}

function finite(column: string): (value: number, row: number) => number {
  return (value, row) => {
    if (Number.isFinite(value)) return value
    throw new TributaryError('bad-row', `row ${row + 1}, column '${column}': ${value} is not a finite number`)
  }
}

function partCode(part: PartName, row: number): number {
  if (Object.hasOwn(Part, part)) return Part[part]
  const message = `row ${row + 1}, column 'part': '${part}' is no part; it must be ${Object.keys(Part).join(', ')}`
  throw new TributaryError('bad-row', message)
}
