/** Rounds of subspace iteration; the leading directions of logs and rewards are well apart after so many. */
const ROUNDS = 8

/**
 * The directions along which the rows of a matrix X [·, count] reach farthest, its leading right singular vectors, by subspace iteration with
 * Gram–Schmidt (Golub and Van Loan, Matrix Computations, §8.2.4).
 * @param start where to begin, [count, width]: a row an entry, column j the j-th direction
 * @param gram Xᵀ X · basis, [count, width]
 * @param pause is awaited between pieces of work
 * @returns `basis` [count, width], whose columns have length 1, or are zeros where X has fewer directions; `lengths` [width], the eigenvalues of
 *   Xᵀ X: squares of the singular values
 */
export async function leadingDirections(
  start: Float64Array,
  width: number,
  gram: (basis: Float64Array) => Promise<Float64Array>,
  pause?: () => Promise<void>,
): Promise<{ readonly basis: Float64Array; readonly lengths: Float64Array }> {
  let basis: Float64Array = start.slice()
  let lengths = await orthonormalize(basis, width, pause)
  for (let round = 0; round < ROUNDS; round++) {
    basis = await gram(basis)
    lengths = await orthonormalize(basis, width, pause)
  }
  return { basis, lengths }
}

/**
 * Modified Gram–Schmidt on the columns of [count, width], in place; returns the length that each had once the ones before it were taken out. A
 * column that those make up becomes zero.
 */
export async function orthonormalize(
  basis: Float64Array,
  width: number,
  pause?: () => Promise<void>,
): Promise<Float64Array> {
  const count = basis.length / width
  const lengths = new Float64Array(width)
  const before = new Float64Array(width)
  const dots = new Float64Array(width)
  for (let i = 0; i < basis.length; i++) before[i % width] += basis[i] ** 2
  for (let j = 0; j < width; j++) {
    await pause?.()
    let square = 0
    for (let v = 0; v < count; v++) square += basis[v * width + j] ** 2
    const length = Math.sqrt(square)
    lengths[j] = length
    const inverse = length > 1e-12 && length > 1e-9 * Math.sqrt(before[j]) ? 1 / length : 0
    dots.fill(0)
    for (let v = 0; v < count; v++) {
      const at = v * width
      const x = basis[at + j] * inverse
      basis[at + j] = x
      if (x !== 0) for (let k = j + 1; k < width; k++) dots[k] += x * basis[at + k]
    }
    for (let v = 0; v < count; v++) {
      const at = v * width
      const x = basis[at + j]
      if (x !== 0) for (let k = j + 1; k < width; k++) basis[at + k] -= dots[k] * x
    }
  }
  return lengths
}
