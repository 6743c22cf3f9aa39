import type { Categories } from '../../core/index.ts'
import { compareNames } from './vocabulary.ts'

/**
 * Ids by domain, then name, so that they do not depend on the order of rows.
 * @param ofItem name of each item's category by item id, PAD included; empty where it has none. [V]
 * @returns undefined where no item has a category
 */
export function encodeCategories(domainStart: Int32Array, ofItem: readonly string[]): Categories | undefined {
  const names = ['']
  const ids = new Int32Array(ofItem.length)
  for (let domain = 0; domain + 1 < domainStart.length; domain++) {
    const mine = ofItem.slice(domainStart[domain], domainStart[domain + 1])
    const sorted = [...new Set(mine)].filter((name) => name !== '').sort(compareNames)
    const known = new Map(sorted.map((name, i) => [name, names.length + i]))
    names.push(...sorted)
    for (const [i, name] of mine.entries()) ids[domainStart[domain] + i] = known.get(name) ?? 0
  }
  return names.length === 1 ? undefined : { names, ofItem: ids }
}
