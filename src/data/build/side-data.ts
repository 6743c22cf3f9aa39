import { createHash } from 'node:crypto'
import {
  type Dataset,
  type Feature,
  type LabelFeature,
  type NumberFeature,
  type RewardMatrix,
  TributaryError,
} from '../../core/index.ts'
import { denseRewards, factorizedRewards } from '../../math/index.ts'
import { compareNames } from './vocabulary.ts'

/** What a dataset holds besides its log. */
export type SideData = Pick<Dataset, 'userFeatures' | 'itemFeatures' | 'truth'>

/** The same by name, as files and tests have it. */
export interface NamedSideData {
  readonly userFeatures?: readonly NamedFeature[] | undefined
  readonly itemFeatures?: readonly NamedFeature[] | undefined
  readonly truth?: NamedTruth | undefined
}

/**
 * Entities that `of` lacks have no label, or an unknown number; those that no interaction knows are left out. Labels that stand
 * twice count once.
 */
export type NamedFeature =
  | { readonly name: string; readonly kind: 'labels'; readonly of: ReadonlyMap<string, readonly string[]> }
  | { readonly name: string; readonly kind: 'number'; readonly of: ReadonlyMap<string, number> }

/** Rewards row by row, `[users × items]`, or as the products of factors, `[users × width]` and `[items × width]`. */
export type NamedTruth = { readonly users: readonly string[]; readonly items: readonly string[] } & (
  | { readonly values: ArrayLike<number> }
  | { readonly width: number; readonly userFactors: ArrayLike<number>; readonly itemFactors: ArrayLike<number> }
)

/**
 * Names become ids; rows and columns of the truth are put in the order of ids, so that the same truth has one form.
 * @throws TributaryError `bad-dataset` for a truth that names users or items without a row, and a feature that none has;
 * `not-finite`; what `denseRewards` throws
 */
export function sideDataOf(dataset: Dataset, named: NamedSideData): SideData {
  return {
    userFeatures: named.userFeatures?.map((feature) => encodeFeature(dataset, 'user', feature)),
    itemFeatures: named.itemFeatures?.map((feature) => encodeFeature(dataset, 'item', feature)),
    truth: named.truth && encodeTruth(dataset, named.truth),
  }
}

function encodeTruth(dataset: Dataset, truth: NamedTruth): RewardMatrix {
  const users = idsOf(dataset, 'user', truth.users)
  const items = idsOf(dataset, 'item', truth.items)
  const rows = inOrder(users)
  const columns = inOrder(items)
  const sorted = { users: rows.map((row) => users[row]), items: columns.map((column) => items[column]) }
  if ('values' in truth) {
    const { values } = truth
    const bad = Array.prototype.findIndex.call(values, (value: number) => !Number.isFinite(value))
    if (bad !== -1) {
      const pair = [truth.users[Math.floor(bad / items.length)], truth.items[bad % items.length]] as const
      throw noReward(`the truth of '${dataset.name}'`, ...pair, values[bad])
    }
    // A matrix of the wrong size is refused as it stands: sorting would fill or cut it.
    if (values.length !== users.length * items.length) return denseRewards({ ...sorted, values })
    const cell = (i: number) => {
      const row = rows[Math.floor(i / items.length)]
      return values[row * items.length + columns[i % items.length]]
    }
    return denseRewards({ ...sorted, values: Float32Array.from({ length: values.length }, (_, i) => cell(i)) })
  }
  const { width, userFactors, itemFactors } = truth
  const take = (factors: ArrayLike<number>, order: readonly number[]) =>
    factors.length !== order.length * width
      ? factors
      : Float32Array.from(factors, (_, i) => factors[order[Math.floor(i / width)] * width + (i % width)])
  return factorizedRewards({
    ...sorted,
    width,
    userFactors: take(userFactors, rows),
    itemFactors: take(itemFactors, columns),
  })
}

function inOrder(ids: readonly number[]): number[] {
  return [...ids.keys()].sort((a, b) => ids[a] - ids[b])
}

function idsOf(dataset: Dataset, kind: 'user' | 'item', names: readonly string[]): number[] {
  const vocabulary = kind === 'user' ? dataset.users : dataset.items
  return names.map((name) => {
    const id = vocabulary.id(name)
    if (id !== undefined) return id
    throw new TributaryError(
      'bad-dataset',
      `the truth of '${dataset.name}' names the ${kind} '${name}', which no interaction of its log has; leave the ${kind} out, or log it`,
    )
  })
}

/** A cell of a truth that cannot be paid. */
export function noReward(where: string, user?: string, item?: string, value?: number): TributaryError {
  const given = value === undefined ? 'no number' : value
  const message = `${where}: the reward of user '${user}' and item '${item}' is ${given}; it must be a finite number`
  return new TributaryError('not-finite', message)
}

function encodeFeature(dataset: Dataset, kind: 'user' | 'item', feature: NamedFeature): Feature {
  const { name } = feature
  // It is the name of a column beside the entity's.
  if (name === '' || name === kind) {
    throw new TributaryError('bad-argument', `a feature is called '${name}'; it needs a name other than '${kind}'`)
  }
  const [entities, first] = kind === 'user' ? [dataset.users, 0] : [dataset.items, 1]
  const names = Array.from({ length: entities.size }, (_, id) => (id < first ? undefined : entities.name(id)))
  if (!names.some((entity) => entity !== undefined && feature.of.has(entity))) {
    const message = `no ${kind} of '${dataset.name}' has the feature '${name}'; it describes the ${kind}s of another log, or nothing`
    throw new TributaryError('bad-dataset', message)
  }
  if (feature.kind === 'number') {
    const values = names.map((entity) => (entity === undefined ? undefined : feature.of.get(entity)) ?? Number.NaN)
    return { name, kind: 'number', values: Float32Array.from(values) } satisfies NumberFeature
  }
  const labels = [...new Set(names.flatMap((entity) => (entity && feature.of.get(entity)) || []))].sort(compareNames)
  const idOf = new Map(labels.map((label, id) => [label, id]))
  const ids: number[] = []
  const start = Int32Array.from({ length: names.length + 1 }, (_, entity) => {
    const before = entity === 0 ? undefined : names[entity - 1]
    const mine = before === undefined ? [] : (feature.of.get(before) ?? [])
    ids.push(...[...new Set(mine)].map((label) => idOf.get(label)!).sort((a, b) => a - b))
    return ids.length
  })
  return { name, kind: 'labels', labels, start, ids: Int32Array.from(ids) } satisfies LabelFeature
}

/** The features of the entities `kept`, old ids in the order of the new ones; labels and features that nobody has any more go. */
export function selectFeatures(features: readonly Feature[], kept: readonly number[]): Feature[] {
  return features.flatMap((feature): Feature[] => {
    if (feature.kind === 'number') {
      const values = Float32Array.from(kept, (old) => feature.values[old])
      return values.every(Number.isNaN) ? [] : [{ ...feature, values }]
    }
    const { labels, start, ids } = feature
    const mine = kept.map((old) => ids.subarray(start[old], start[old + 1]))
    const left = [...new Set(mine.flatMap((some) => [...some]))].sort((a, b) => a - b)
    if (left.length === 0) return []
    const idOf = new Map(left.map((old, id) => [old, id]))
    const ends = mine.map(
      (
        (sum) => (some: Int32Array) =>
          (sum += some.length)
      )(0),
    )
    return [
      {
        ...feature,
        labels: left.map((old) => labels[old]),
        start: Int32Array.from([0, ...ends]),
        ids: Int32Array.from(mine.flatMap((some) => Array.from(some, (old) => idOf.get(old)!))),
      },
    ]
  })
}

/** The dataset with its side data, under a hash over both; a dataset without any keeps the hash of its log. */
export function attachSideData(dataset: Dataset, side: SideData): Dataset {
  const { userFeatures, itemFeatures, truth } = side
  if (userFeatures === undefined && itemFeatures === undefined && truth === undefined) return dataset
  const digest = createHash('sha256').update(`${dataset.hash}\n`)
  const add = (label: string, data: ArrayBufferView) => {
    digest.update(`${label} ${data.byteLength}\n`)
    digest.update(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  }
  for (const [kind, features] of Object.entries({ userFeatures, itemFeatures })) {
    for (const feature of features ?? []) {
      digest.update(`${kind} ${JSON.stringify([feature.name, feature.kind])}\n`)
      if (feature.kind === 'number') {
        add('values', feature.values)
        continue
      }
      digest.update(`${JSON.stringify(feature.labels)}\n`)
      add('start', feature.start)
      add('ids', feature.ids)
    }
  }
  if (truth !== undefined) {
    add('truth/users', truth.users)
    add('truth/items', truth.items)
    if (truth.factors === undefined) for (let row = 0; row < truth.users.length; row++) add('row', truth.row(row))
    else {
      add('truth/userFactors', truth.factors.users)
      add('truth/itemFactors', truth.factors.items)
    }
  }
  return {
    ...dataset,
    hash: digest.digest('hex'),
    ...(userFeatures && { userFeatures }),
    ...(itemFeatures && { itemFeatures }),
    ...(truth && { truth }),
  }
}
