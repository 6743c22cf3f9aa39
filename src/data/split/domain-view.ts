import { type Dataset, domainItems, type Feature, type Split, type Vocabulary } from '../../core/index.ts'

/** One domain of a dataset as a dataset of its own: the same users, only this domain's rows, items renumbered from 1; no truth. */
export interface DomainView {
  readonly dataset: Dataset
  readonly split: Split
  /** Item id here = item id there − offset. */
  readonly offset: number
}

export function domainView(dataset: Dataset, split: Split, domain: number): DomainView {
  const { start, end } = domainItems(dataset, domain)
  const offset = start - 1
  const { log } = dataset
  const rows: number[] = []
  const userStart = new Int32Array(log.userStart.length)
  for (let user = 0; user + 1 < userStart.length; user++) {
    for (let row = log.userStart[user]; row < log.userStart[user + 1]; row++)
      if (log.item[row] >= start && log.item[row] < end) rows.push(row)
    userStart[user + 1] = rows.length
  }
  const items: Vocabulary = {
    size: end - offset,
    name: (id) => dataset.items.name(id + offset),
    id: (name) => {
      const id = dataset.items.id(name)
      return id === undefined || id < start || id >= end ? undefined : id - offset
    },
  }
  const { timestamp, value } = log
  // Other domains' names stay: ids are then the same in both.
  const categories = dataset.categories && {
    names: dataset.categories.names,
    ofItem: Int32Array.from({ length: items.size }, (_, id) =>
      id === 0 ? 0 : dataset.categories!.ofItem[id + offset],
    ),
  }
  return {
    offset,
    dataset: {
      name: `${dataset.name}/${dataset.domains[domain]}`,
      hash: `${dataset.hash}/${domain}`,
      users: dataset.users,
      items,
      domains: [dataset.domains[domain]],
      domainStart: Int32Array.of(1, items.size),
      log: {
        length: rows.length,
        user: Int32Array.from(rows, (row) => log.user[row]),
        item: Int32Array.from(rows, (row) => log.item[row] - offset),
        timestamp: timestamp && Float64Array.from(rows, (row) => timestamp[row]),
        value: value && Float32Array.from(rows, (row) => value[row]),
        part: undefined,
        userStart,
      },
      ...(categories && { categories }),
      ...(dataset.userFeatures && { userFeatures: dataset.userFeatures }),
      ...(dataset.itemFeatures && {
        itemFeatures: dataset.itemFeatures.map((feature) => ofItems(feature, start, end)),
      }),
    },
    split: { name: split.name, part: Uint8Array.from(rows, (row) => split.part[row]) },
  }
}

/** The feature of PAD and the items start … end − 1. Other domains' labels stay: ids are then the same in both. */
function ofItems(feature: Feature, start: number, end: number): Feature {
  if (feature.kind === 'number') {
    return { ...feature, values: Float32Array.from([feature.values[0], ...feature.values.subarray(start, end)]) }
  }
  const first = feature.start[start]
  const starts = feature.start.subarray(start, end + 1).map((at) => at - first)
  return { ...feature, start: Int32Array.from([0, ...starts]), ids: feature.ids.slice(first, feature.start[end]) }
}
