import type { Dataset, Feature, LabelFeature } from './dataset.ts'

/** The item feature that says what people call an item. */
export const TITLE = 'title'

/** Item features that say of what kind an item is, the first that is there. */
const KINDS = ['genre', 'genres', 'category']

/** What people call an item: its feature `title`, or else its name. */
export function itemTitle({ items, itemFeatures }: Pick<Dataset, 'items' | 'itemFeatures'>, item: number): string {
  const titles = itemFeatures?.find(isTitle)
  return (titles && labelsOf(titles, item)[0]) ?? items.name(item)
}

/** What is said of an item in words: its title and its kinds. */
export function itemText(dataset: Dataset, item: number): string {
  return [itemTitle(dataset, item), ...itemGenres(dataset, item)].join(' ')
}

/** Item features that say more of an item than what it is called: those that models may read. */
export function describingFeatures(features: readonly Feature[] = []): readonly Feature[] {
  return features.filter((feature) => !isTitle(feature))
}

/** Of several labels an item, as words of titles are, a feature of that name does describe items. */
function isTitle(feature: Feature): feature is LabelFeature {
  if (feature.name !== TITLE || feature.kind !== 'labels') return false
  return feature.start.every((start, item) => item === 0 || start - (feature.start[item - 1] ?? 0) < 2)
}

/** Of what kind an item is: the labels of its feature `genre`, `genres` or `category`, or else its category in the log. */
export function itemGenres({ categories, itemFeatures }: Dataset, item: number): readonly string[] {
  const feature = KINDS.map((kind) => itemFeatures?.find(({ name }) => name === kind)).find(Boolean)
  if (feature?.kind === 'labels') return labelsOf(feature, item)
  const category = categories?.ofItem[item] ?? 0
  return category === 0 ? [] : [categories?.names[category] ?? '']
}

function labelsOf({ labels, start, ids }: LabelFeature, item: number): string[] {
  return Array.from(ids.subarray(start[item], start[item + 1]), (id) => labels[id])
}
