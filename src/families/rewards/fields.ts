import {
  type Dataset,
  describingFeatures,
  type Feature,
  type LabelFeature,
  type NumberFeature,
  type Tensor,
} from '../../core/index.ts'
import { takeRows } from '../../math/index.ts'

/** One sparse field of a user or an item: its id, or one of its label features. */
export interface Field {
  /** `user`, `item`, or `user/<feature>`, `item/<feature>`; `item/<feature>#2` where a label has a field of its own. */
  readonly name: string
  /** Whose rows it reads; fields of one feature share a table. */
  readonly table: string
  /** Of its table, row 0 included, which stands for nobody and for what is not known. */
  readonly rows: number
  /** Most rows that one entity has. */
  readonly most: number
  /** Rows of entity e in places e · most …, 0 where there is none. */
  readonly ids: Int32Array
  /** What each counts: 1 / number of its rows, so that several labels make their mean; 0 where there is none. */
  readonly shares: Float32Array
}

/** What is known of users, or of items, as a network reads it. Entity 0 is a stranger, or PAD: nothing is known of it. */
export interface Fields {
  readonly sparse: readonly Field[]
  /** Number features: (x − mean) / deviation over the entities that have one, 0 where it is not known. [entities × numbers] */
  readonly numbers: Float32Array
  readonly numberCount: number
}

export const LABEL_FIELDS = ['mean', 'each'] as const

export interface FieldOptions {
  /**
   * 1 at the ids with training rows, default all: of the others numbers and labels are read that some of these have, but no vector of
   * their own.
   */
  readonly learned?: Uint8Array | undefined
  /** Several labels of one feature are one field of their mean (the default), or a field each, over one table. */
  readonly labelFields?: (typeof LABEL_FIELDS)[number] | undefined
}

/**
 * Users stand one place behind their id, because 0 is a stranger.
 * @param features whether what is known of users besides their ids is read; default true
 */
export function userFields(
  { users, userFeatures = [] }: Dataset,
  { features = true, ...options }: FieldOptions & { readonly features?: boolean | undefined } = {},
): Fields {
  return fieldsOf('user', users.size, 1, features ? userFeatures : [], options)
}

export function itemFields({ items, itemFeatures }: Dataset, options: FieldOptions = {}): Fields {
  return fieldsOf('item', items.size, 0, describingFeatures(itemFeatures), options)
}

/** @param shift how far an entity stands behind its id */
function fieldsOf(
  kind: 'user' | 'item',
  size: number,
  shift: number,
  features: readonly Feature[],
  { learned, labelFields = 'mean' }: FieldOptions,
): Fields {
  const entities = size + shift
  const labels = features.filter((feature): feature is LabelFeature => feature.kind === 'labels')
  const numbers = features.filter((feature): feature is NumberFeature => feature.kind === 'number')
  const own: Field = {
    name: kind,
    table: kind,
    rows: entities,
    most: 1,
    ids: Int32Array.from({ length: entities }, (_, entity) => entity),
    shares: Float32Array.from({ length: entities }, (_, entity) => Number(entity > 0)),
  }
  const columns = numbers.map(({ values }) => standardized(values.subarray(1 - shift)))
  const table = new Float32Array(entities * numbers.length)
  for (const [n, column] of columns.entries())
    for (const [i, value] of column.entries()) table[(i + 1) * numbers.length + n] = value
  const described = labels.map((feature) => {
    const field = labelField(`${kind}/${feature.name}`, feature, size, shift)
    return labelFields === 'each' ? eachLabel(field) : [field]
  })
  const ofTable = [[own], ...described]
  if (learned !== undefined) for (const fields of ofTable) forget(fields, learned, shift)
  return {
    sparse: ofTable.flat(),
    numbers: table,
    numberCount: numbers.length,
  }
}

/** Rows of a table that no learned entity reads began at random and stayed there: they count nothing. */
function forget(fields: readonly Field[], learned: Uint8Array, shift: number): void {
  const read = new Uint8Array(fields[0].rows)
  for (const { most, ids } of fields)
    for (const [id, known] of learned.entries())
      if (known === 1) for (let i = 0; i < most; i++) read[ids[(id + shift) * most + i]] = 1
  for (const { ids, shares } of fields) for (const [place, row] of ids.entries()) if (read[row] === 0) shares[place] = 0
}

function labelField(name: string, { labels, start, ids }: LabelFeature, size: number, shift: number): Field {
  let most = 1
  for (let id = 0; id < size; id++) most = Math.max(most, start[id + 1] - start[id])
  const rows = new Int32Array((size + shift) * most)
  const shares = new Float32Array(rows.length)
  for (let id = 1 - shift; id < size; id++) {
    const count = start[id + 1] - start[id]
    for (let i = 0; i < count; i++) {
      rows[(id + shift) * most + i] = 1 + ids[start[id] + i]
      shares[(id + shift) * most + i] = 1 / count
    }
  }
  return { name, table: name, rows: 1 + labels.length, most, ids: rows, shares }
}

/** The first, second, … label of every entity as a field, as DORL's and ROLeR's world models have the categories of a video. */
function eachLabel(field: Field): Field[] {
  const { name, table, rows, most, ids } = field
  if (most === 1) return [field]
  return Array.from({ length: most }, (_, place) => {
    const own = ids.filter((_, i) => i % most === place)
    return { name: `${name}#${place + 1}`, table, rows, most: 1, ids: own, shares: Float32Array.from(own, Math.sign) }
  })
}

function standardized(values: Float32Array): Float32Array {
  const known = values.filter((value) => Number.isFinite(value))
  const mean = known.reduce((a, b) => a + b, 0) / known.length
  const deviation = Math.sqrt(known.reduce((sum, value) => sum + (value - mean) ** 2, 0) / known.length)
  return values.map((value) => (Number.isFinite(value) && deviation > 0 ? (value - mean) / deviation : 0))
}

/** What a graph reads of N entities: `ids/<field>` and `shares/<field>` [N, most], and `numbers/<kind>` [N, numbers] where there are any. */
export function fieldFeeds(kind: 'user' | 'item', fields: Fields, entities: Int32Array): Record<string, Tensor> {
  const N = entities.length
  const feeds: Record<string, Tensor> = {}
  for (const { name, most, ids, shares } of fields.sparse) {
    feeds[`ids/${name}`] = { shape: [N, most], data: takeRows(ids, most, entities) }
    feeds[`shares/${name}`] = { shape: [N, most], data: takeRows(shares, most, entities) }
  }
  const { numberCount } = fields
  if (numberCount > 0)
    feeds[`numbers/${kind}`] = { shape: [N, numberCount], data: takeRows(fields.numbers, numberCount, entities) }
  return feeds
}
