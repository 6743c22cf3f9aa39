/**
 * Cholesky's factor of a symmetric positive definite matrix, A = L Lᵀ, in place: of [n × n] the lower triangle is read and becomes L. What
 * stands above it is left alone.
 */
export function choleskyFactor(matrix: Float64Array, n: number): void {
  for (let i = 0; i < n; i++)
    for (let j = 0; j <= i; j++) {
      let rest = matrix[i * n + j]
      for (let k = 0; k < j; k++) rest -= matrix[i * n + k] * matrix[j * n + k]
      matrix[i * n + j] = i === j ? Math.sqrt(rest) : rest / matrix[j * n + j]
    }
}

/** x of A x = b, in the place of b, [n]; of A the factor is given. */
export function choleskySolve(lower: Float64Array, n: number, vector: Float64Array): void {
  for (let i = 0; i < n; i++) {
    let rest = vector[i]
    for (let k = 0; k < i; k++) rest -= lower[i * n + k] * vector[k]
    vector[i] = rest / lower[i * n + i]
  }
  for (let i = n - 1; i >= 0; i--) {
    let rest = vector[i]
    for (let k = i + 1; k < n; k++) rest -= lower[k * n + i] * vector[k]
    vector[i] = rest / lower[i * n + i]
  }
}

/** A⁻¹ into `inverse`, [n × n]; of A the factor is given. `column` is room for n numbers. */
export function choleskyInverse(lower: Float64Array, n: number, inverse: Float64Array, column: Float64Array): void {
  for (let j = 0; j < n; j++) {
    column.fill(0)
    column[j] = 1
    choleskySolve(lower, n, column)
    for (let i = 0; i < n; i++) inverse[i * n + j] = column[i]
  }
}
