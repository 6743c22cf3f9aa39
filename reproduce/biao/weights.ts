// The paper's Figures 3 and 4: mean weights by category of the source item, and by how much longer the user's source history is.
import { domainOfItem, itemCategories, Part, type TrustSignal } from '../../src/core/index.ts'
import { crossDomainRoles } from '../../src/data/index.ts'
import { mean } from '../../src/math/index.ts'
import { binsOf, groups } from '../../src/trust/statistics.ts'
import type { Pair } from './pairs.ts'

/** The mean weight of some source behaviors; the average behavior has 1. */
export interface WeightGroup {
  readonly name: string
  readonly behaviors: number
  readonly weight: number
}

export interface WeightGroups {
  readonly categories: readonly WeightGroup[]
  /** Users binned by their source minus their target training rows, ascending. */
  readonly lengths: readonly WeightGroup[]
}

export function weightGroups({ dataset, split }: Pair, { keys, values }: TrustSignal): WeightGroups {
  const { log } = dataset
  const rows = keys.row!
  const { target } = crossDomainRoles(dataset, split)
  const { ofItem, names } = itemCategories(dataset)
  const group = (name: string, places: readonly number[]) => ({
    name,
    behaviors: places.length,
    weight: mean(places.map((place) => values[place])),
  })
  const byCategory = groups(rows.map((row) => ofItem[log.item[row]]))
  const targetRows = new Int32Array(dataset.users.size)
  for (const [row, item] of log.item.entries())
    if (split.part[row] === Part.train && domainOfItem(dataset, item) === target) targetRows[log.user[row]]++
  const byUser = [...groups(rows.map((row) => log.user[row]))]
  const differences = Int32Array.from(byUser, ([user, own]) => own.length - targetRows[user])
  return {
    // Where items have no category of their own, their domain is it.
    categories: [...byCategory].map(([category, places]) => {
      const domain = dataset.domains[domainOfItem(dataset, log.item[rows[places[0]]])]
      const name = names[category]
      return group(/^others\b/.test(name) || name === '' ? domain : name, places)
    }),
    lengths: binsOf(differences).map(({ from, to, places }) =>
      group(
        from === to ? `${from}` : `${from} to ${to}`,
        places.flatMap((place) => byUser[place][1]),
      ),
    ),
  }
}
