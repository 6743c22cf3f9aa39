import jStat from 'jstat'

/** Two-sided quantile of Student's t at .95 for the mean of so many numbers; NaN for one, which has no spread. */
export function studentLimit(count: number): number {
  return count < 2 ? Number.NaN : jStat.studentt.inv(0.975, count - 1)
}
