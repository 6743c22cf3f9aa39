import { type Categories, type Dataset, domainItems } from './dataset.ts'

/** The category of an item without one. */
export const OTHERS = 'others'

/** Categories in which every real item has one. */
export interface ItemCategories extends Categories {
  /** Domain of each category, −1 for PAD. Ids of a domain are contiguous. [names] */
  readonly ofDomain: Int32Array
}

/** The category of every item: its own, or else `others` of its domain. Ids start at 1, PAD has 0. */
export function itemCategories(
  dataset: Pick<Dataset, 'categories' | 'domains' | 'domainStart' | 'items'>,
): ItemCategories {
  const { categories, domains, items } = dataset
  const names = ['']
  const ofDomain = [-1]
  const ofItem = new Int32Array(items.size)
  for (let domain = 0; domain < domains.length; domain++) {
    const { start, end } = domainItems(dataset, domain)
    const given = Array.from({ length: end - start }, (_, i) => categories?.ofItem[start + i] ?? 0)
    const known = new Map<string, number>()
    const add = (name: string) => {
      if (known.has(name)) return
      known.set(name, names.length)
      names.push(name)
      ofDomain.push(domain)
    }
    for (const id of [...new Set(given)].sort((a, b) => a - b)) if (id !== 0) add(categories!.names[id])
    if (given.includes(0)) add(OTHERS)
    for (const [i, id] of given.entries()) ofItem[start + i] = known.get(id === 0 ? OTHERS : categories!.names[id])!
  }
  return { names, ofItem, ofDomain: Int32Array.from(ofDomain) }
}
