import { studentQuantile } from '../../src/statistics/index.ts'

/** Two-sided quantile of Student's t at .95 for the mean of so many numbers; NaN for one, which has no spread. */
export function studentLimit(count: number): number {
  return studentQuantile(0.975, count - 1)
}
