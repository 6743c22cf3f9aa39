/** Added to the deviation, as in MAPPO, so that what rounding leaves of equal advantages stays small. */
const LEAST = 1e-5

/**
 * Advantages with mean 0 and deviation 1 over those that count; the others are 0, so that nothing is learned from them. All are 0 where all
 * that count are the same.
 * @param counts 1 where an advantage counts, else 0; default all. [N]
 */
export function normalizedAdvantages(advantages: Float32Array, counts?: Float32Array): Float32Array {
  const does = (i: number) => counts === undefined || counts[i] !== 0
  let [size, sum, squares] = [0, 0, 0]
  for (const [i, value] of advantages.entries())
    if (does(i)) {
      size++
      sum += value
    }
  const mean = sum / size
  for (const [i, value] of advantages.entries()) if (does(i)) squares += (value - mean) ** 2
  const deviation = Math.sqrt(squares / size)
  return advantages.map((value, i) => (does(i) && deviation > 0 ? (value - mean) / (deviation + LEAST) : 0))
}
