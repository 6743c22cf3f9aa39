/**
 * Who gets which arm, by a hash that a team can compute anywhere: version 2 of GrowthBook's (MIT), which its SDKs have in a dozen languages. Names
 * are hashed by their UTF-16 units, as its SDK of JavaScript does; of plain ASCII all SDKs make the same.
 */

/** FNV-1a of 32 bits. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  return hash >>> 0
}

/** Where a unit falls, from 0 to 0.9999, by ten-thousandths. Units of one salt stand apart from those of another. */
export function bucketOf(salt: string, unit: string): number {
  return (fnv1a(`${fnv1a(salt + unit)}`) % 10_000) / 10_000
}

/** Experiments of one namespace have ranges of it; what falls into one is in no other. */
export interface NamespaceRange {
  readonly name: string
  readonly from: number
  readonly to: number
}

/** Namespaces still go by version 1 of the hash, by thousandths. */
export function inNamespace({ name, from, to }: NamespaceRange, unit: string): boolean {
  const place = (fnv1a(`${unit}__${name}`) % 1000) / 1000
  return place >= from && place < to
}

/** From, and up to but not including. */
export type Range = readonly [from: number, to: number]

/**
 * The buckets of each arm. Each begins where it would with all units in, so that more coverage takes nobody's arm away.
 * @param weights above 0; their sum may be anything
 * @param coverage the part of all units that takes part, from 0 to 1
 */
export function rangesOf(weights: readonly number[], coverage: number): readonly Range[] {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  let from = 0
  return weights.map((weight) => {
    const start = from
    from += weight / total
    return [start, start + coverage * (weight / total)]
  })
}

/** The place of the range that a bucket falls into; undefined where it falls into none. */
export function placeOf(bucket: number, ranges: readonly Range[]): number | undefined {
  const place = ranges.findIndex(([from, to]) => bucket >= from && bucket < to)
  return place === -1 ? undefined : place
}
