import type { Dataset, Feature, LabelFeature, NumberFeature, Tensor } from '../../core/index.ts'
import { takeRows } from '../../math/index.ts'

/** One sparse field of a user or an item: its id, or one of its label features. */
export interface Field {
  /** `user`, `item`, or `user/<feature>`, `item/<feature>`. */
  readonly name: string
  /** Of its table, row 0 included, which stands for nobody and for what is not known. */
  readonly rows: number
  /** Most rows that one entity has. */
  readonly most: number
  /** Rows of entity e in places e · most …, 0 behind them. */
  readonly ids: Int32Array
  /** What each counts: 1 / number of its rows, so that several labels make their mean; 0 behind them. */
  readonly shares: Float32Array
}

/** What is known of users, or of items, as a network reads it. Entity 0 is a stranger, or PAD: nothing is known of it. */
export interface Fields {
  readonly sparse: readonly Field[]
  /** Number features: (x − mean) / deviation over the entities that have one, 0 where it is not known. [entities × numbers] */
  readonly numbers: Float32Array
  readonly numberCount: number
}

/**
 * Users stand one place behind their id, because 0 is a stranger.
 * @param learned 1 at the ids with training rows, default all: of the others numbers and labels are read that some of these have, but no
 *   vector of their own
 */
export function userFields({ users, userFeatures }: Dataset, learned?: Uint8Array): Fields {
  return fieldsOf('user', users.size, 1, userFeatures ?? [], learned)
}

/** @param learned as in `userFields` */
export function itemFields({ items, itemFeatures }: Dataset, learned?: Uint8Array): Fields {
  return fieldsOf('item', items.size, 0, itemFeatures ?? [], learned)
}

/** @param shift how far an entity stands behind its id */
function fieldsOf(
  kind: 'user' | 'item',
  size: number,
  shift: number,
  features: readonly Feature[],
  learned?: Uint8Array,
): Fields {
  const entities = size + shift
  const labels = features.filter((feature): feature is LabelFeature => feature.kind === 'labels')
  const numbers = features.filter((feature): feature is NumberFeature => feature.kind === 'number')
  const own: Field = {
    name: kind,
    rows: entities,
    most: 1,
    ids: Int32Array.from({ length: entities }, (_, entity) => entity),
    shares: Float32Array.from({ length: entities }, (_, entity) => Number(entity > 0)),
  }
  const columns = numbers.map(({ values }) => standardized(values.subarray(1 - shift)))
  const table = new Float32Array(entities * numbers.length)
  for (const [n, column] of columns.entries())
    for (const [i, value] of column.entries()) table[(i + 1) * numbers.length + n] = value
  const sparse = [own, ...labels.map((feature) => labelField(`${kind}/${feature.name}`, feature, size, shift))]
  if (learned !== undefined) for (const field of sparse) forget(field, learned, shift)
  return {
    sparse,
    numbers: table,
    numberCount: numbers.length,
  }
}

/** Rows that no learned entity reads began at random and stayed there: they count nothing. */
function forget({ rows, most, ids, shares }: Field, learned: Uint8Array, shift: number): void {
  const read = new Uint8Array(rows)
  for (const [id, known] of learned.entries())
    if (known === 1) for (let i = 0; i < most; i++) read[ids[(id + shift) * most + i]] = 1
  for (const [place, row] of ids.entries()) if (read[row] === 0) shares[place] = 0
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
  return { name, rows: 1 + labels.length, most, ids: rows, shares }
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
