// How the pages of docs/results write figures.
import type { Interval } from '../../src/math/bootstrap.ts'

/** Without the zero before the point: .1234, −.1234. */
export const short = (value: number, digits = 4) =>
  `${value < 0 ? '−' : ''}${Math.abs(value).toFixed(digits).replace(/^0/, '')}`

/** +.1234, −.1234 */
export const signed = (value: number, digits = 4) => `${value < 0 ? '' : '+'}${short(value, digits)}`

/** A difference with its interval, bold where zero lies outside. */
export function differenceText({ mean, low, high }: Interval, say: (value: number) => string = signed): string {
  const text = `${say(mean)} [${say(low)}, ${say(high)}]`
  return low > 0 || high < 0 ? `**${text}**` : text
}
