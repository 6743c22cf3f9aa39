import {
  type Dataset,
  describingFeatures,
  type Feature,
  itemCategories,
  type LabelFeature,
  type Tensor,
} from '../../core/index.ts'
import { firstAtLeast, takeRows } from '../../math/index.ts'
import { normal, type Parameters } from '../../nn/index.ts'
import { type Dim, gather, input, multiply, reshape, type Sym, sum } from '../../tensor/index.ts'

/** One property of items as labels, of which an item may have several; label 0 stands for none. */
export interface AttributeField {
  readonly name: string
  /** How many there are, 0 included. */
  readonly labels: number
  /** Most labels that one item has. */
  readonly most: number
  /** Labels of item i in places i · most …, 0 behind them. [V · most] */
  readonly ids: Int32Array
  /** What each counts: 1 / number of the item's labels, so that they make their mean; 0 behind them. [V · most] */
  readonly shares: Float32Array
}

/** Numbers are known by the tenth of the items that they lie in. */
const PARTS_OF_NUMBERS = 10

/**
 * What is known of items besides the log, at least one field: the category, which of an item without one is `others` of its domain, and
 * each of the item features (words of a title are labels).
 */
export function itemAttributes(dataset: Dataset): readonly AttributeField[] {
  const { names, ofItem } = itemCategories(dataset)
  const category = {
    name: 'category',
    labels: names.length,
    most: 1,
    ids: ofItem,
    shares: Float32Array.from(ofItem, (label) => (label === 0 ? 0 : 1)),
  }
  return [category, ...describingFeatures(dataset.itemFeatures).map((feature) => fieldOf(feature))]
}

function fieldOf(feature: Feature): AttributeField {
  const name = `feature/${feature.name}`
  if (feature.kind === 'labels') return labelField(name, feature)
  const { values } = feature
  const known = values.filter(Number.isFinite).sort()
  const ids = Int32Array.from(values, (value) =>
    Number.isFinite(value) ? 1 + Math.floor((PARTS_OF_NUMBERS * firstAtLeast(known, value)) / known.length) : 0,
  )
  const shares = Float32Array.from(ids, (label) => (label === 0 ? 0 : 1))
  return { name, labels: 1 + PARTS_OF_NUMBERS, most: 1, ids, shares }
}

function labelField(name: string, { labels, start, ids }: LabelFeature): AttributeField {
  const items = start.length - 1
  let most = 1
  for (let item = 0; item < items; item++) most = Math.max(most, start[item + 1] - start[item])
  const rows = new Int32Array(items * most)
  const shares = new Float32Array(items * most)
  for (let item = 0; item < items; item++) {
    const count = start[item + 1] - start[item]
    for (let i = 0; i < count; i++) {
      rows[item * most + i] = 1 + ids[start[item] + i]
      shares[item * most + i] = 1 / count
    }
  }
  return { name, labels: 1 + labels.length, most, ids: rows, shares }
}

/**
 * A vector of each field of items, [...shape, d]; declares `attributes/<field>` [labels, d]. Which items it is asked for,
 * `attributeFeeds` says by the same name.
 */
export function attributeVectors(
  parameters: Parameters,
  fields: readonly AttributeField[],
  width: number,
  asked: string,
  shape: readonly Dim[],
): Sym[] {
  return fields.map(({ name, labels, most }) => {
    const table = parameters.declare(`attributes/${name}`, [labels, width], normal(0.02))
    const rows = gather(table, input(`${asked}/labels/${name}`, [...shape, most], 'int32')) // [...shape, most, d]
    const shares = input(`${asked}/shares/${name}`, [...shape, most])
    return sum(multiply(rows, reshape(shares, [...shape, most, 1])), shape.length)
  })
}

/** What `attributeVectors` of that name reads, for items of that shape. */
export function attributeFeeds(
  fields: readonly AttributeField[],
  asked: string,
  items: Int32Array,
  shape: readonly number[],
): Record<string, Tensor> {
  const feeds: Record<string, Tensor> = {}
  for (const { name, most, ids, shares } of fields) {
    feeds[`${asked}/labels/${name}`] = { shape: [...shape, most], data: takeRows(ids, most, items) }
    feeds[`${asked}/shares/${name}`] = { shape: [...shape, most], data: takeRows(shares, most, items) }
  }
  return feeds
}
