import type { Tensor } from '../core/index.ts'
import type { Rng } from './rng.ts'

/** Rounds of Lloyd's algorithm, at most. */
const ROUNDS = 20

/**
 * Rows of the same cluster, in drawn order, then those of the clusters beside it: k-means (Lloyd, from k-means++) on the rows of a table, with
 * so many clusters that one holds about as many rows as are wanted.
 * @returns the `near` others of a row
 */
export function neighborsByCluster(
  { shape, data }: Tensor<Float32Array>,
  near: number,
  rng: Rng,
): (row: number) => Int32Array {
  const [size, width] = shape
  const count = Math.max(1, Math.round(size / (near + 1)))
  /** Squared; given up as soon as it is above `most`. */
  const distance = (a: Float64Array, at: number, row: number, most: number) => {
    let sum = 0
    for (let d = 0; d < width && sum <= most; d++) {
      const difference = a[at + d] - data[row * width + d]
      sum += difference * difference
    }
    return sum
  }
  const centers = firstCenters(data, [size, width], count, rng.split('centers'), distance)
  const of = new Int32Array(size)
  for (let round = 0; round < ROUNDS; round++) {
    let moved = false
    for (let row = 0; row < size; row++) {
      // The cluster of the round before is seldom far off, so that most others are given up early. Among equals the first counts.
      let best = of[row]
      let least = distance(centers, best * width, row, Number.POSITIVE_INFINITY)
      for (let c = 0; c < count; c++) {
        const d = distance(centers, c * width, row, least)
        if (d < least || (d === least && c < best)) {
          least = d
          best = c
        }
      }
      if (of[row] !== best || round === 0) moved = true
      of[row] = best
    }
    if (!moved) break
    const sizes = new Int32Array(count)
    const sums = new Float64Array(centers.length)
    for (let row = 0; row < size; row++) {
      sizes[of[row]]++
      for (let d = 0; d < width; d++) sums[of[row] * width + d] += data[row * width + d]
    }
    // A cluster that lost all its rows keeps its center.
    for (let i = 0; i < sums.length; i++) {
      const size = sizes[Math.floor(i / width)]
      if (size > 0) centers[i] = sums[i] / size
    }
  }
  const members = Array.from({ length: count }, (): number[] => [])
  for (let row = 0; row < size; row++) members[of[row]].push(row)
  for (const [c, group] of members.entries()) rng.split('members', c).shuffle(group)
  const between = (a: number, b: number) => {
    let sum = 0
    for (let d = 0; d < width; d++) sum += (centers[a * width + d] - centers[b * width + d]) ** 2
    return sum
  }
  const orders = members.map((_, c) => {
    const far = members.map((_, other) => (other === c ? -1 : between(c, other)))
    return [...members.keys()].sort((a, b) => far[a] - far[b] || a - b)
  })
  return (row) => {
    const chosen = new Int32Array(near)
    let n = 0
    for (const c of orders[of[row]])
      for (const other of members[c]) {
        if (n === near) return chosen
        if (other !== row) chosen[n++] = other
      }
    return chosen
  }
}

/** k-means++ (Arthur and Vassilvitskii, 2007): each next center is a row, drawn by the squared distance to the nearest so far. */
function firstCenters(
  data: Float32Array,
  [size, width]: readonly [number, number],
  count: number,
  rng: Rng,
  distance: (centers: Float64Array, at: number, row: number, most: number) => number,
): Float64Array {
  const centers = new Float64Array(count * width)
  const least = new Float64Array(size).fill(Number.POSITIVE_INFINITY)
  let next = rng.below(size)
  for (let c = 0; c < count; c++) {
    for (let d = 0; d < width; d++) centers[c * width + d] = data[next * width + d]
    let sum = 0
    for (let row = 0; row < size; row++) {
      least[row] = Math.min(least[row], distance(centers, c * width, row, least[row]))
      sum += least[row]
    }
    let point = rng.float() * sum
    next = 0
    while (next < size - 1 && point >= least[next]) point -= least[next++]
  }
  return centers
}
