/**
 * Sums of weights that change (Fenwick, 1994): a weight is set, and a place drawn in proportion to them, in log n steps, where adding all up
 * anew at each draw would take n.
 */
export interface Fenwick {
  readonly size: number
  /** Of all weights. */
  total(): number
  weight(place: number): number
  /** @param weight finite and not negative */
  set(place: number, weight: number): void
  /**
   * The place at which the running sum of the weights first exceeds `sum`; never one of weight 0, as long as any is above it.
   * @param sum 0 … total
   */
  find(sum: number): number
}

export function createFenwick(size: number): Fenwick {
  const weights = new Float64Array(size)
  /** Node n, from 1, holds the sum of the n & −n weights that end at it. */
  const sums = new Float64Array(size + 1)
  let top = 1
  while (2 * top <= size) top *= 2
  /** Added up from the parts, not changed by differences: so it is exactly 0 where all weights are, whatever stood there before. */
  const renew = (node: number) => {
    let sum = weights[node - 1]
    for (let step = 1; step < (node & -node); step *= 2) sum += sums[node - step]
    sums[node] = sum
  }
  return {
    size,
    total() {
      let sum = 0
      for (let node = size; node > 0; node -= node & -node) sum += sums[node]
      return sum
    },
    weight: (place) => weights[place],
    set(place, weight) {
      weights[place] = weight
      for (let node = place + 1; node <= size; node += node & -node) renew(node)
    },
    find(sum) {
      let node = 0
      let left = sum
      for (let step = top; step > 0; step >>= 1) {
        const next = node + step
        if (next > size || sums[next] > left) continue
        left -= sums[next]
        node = next
      }
      // Rounding may lead past the last weight, and never to one of 0: whoever has none is stepped over.
      let place = Math.min(node, size - 1)
      while (place > 0 && weights[place] === 0) place--
      while (place < size - 1 && weights[place] === 0) place++
      return place
    },
  }
}
