/** Generous for a proportional font of 13 pixels; a label must never be cut. */
const CHARACTER_WIDTH = 7.4
/** Characters as wide as they are high, beside pictures. */
const FULL_WIDTH =
  /[\u1100-\u115f\u2e80-\u9fff\ua960-\ua97f\uac00-\ud7ff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\u{1f000}-\u{1faff}\u{20000}-\u{3fffd}]/u
const LONGEST_LABEL = 30
/** In charts for phones, which have more use for the room. */
const LONGEST_NARROW = 13
export const NARROW = 520

/** A name as long as an axis of a chart of that width has room for; cut in its middle, since what tells names apart stands at their ends. */
export function shortened(label: string, width = 860): string {
  const longest = width < NARROW ? LONGEST_NARROW : LONGEST_LABEL
  // Of a name of thousands of characters no more is looked at; a character takes two places at most.
  if ([...label.slice(0, 2 * longest + 2)].length <= longest) return label
  const start = Math.ceil((longest - 1) / 2)
  const end = [...label.slice(-2 * longest)].slice(1 + start - longest)
  return `${[...label.slice(0, 2 * longest)].slice(0, start).join('')}…${end.join('')}`
}

/** A margin that holds the longest of these labels in a chart of that width. */
export function labelWidth(labels: readonly string[], width = 860): number {
  return 24 + CHARACTER_WIDTH * Math.max(...labels.map((label) => lengthOf(shortened(label, width))), 3)
}

function lengthOf(label: string): number {
  return [...label].reduce((sum, character) => sum + (FULL_WIDTH.test(character) ? 1.9 : 1), 0)
}

/** At most four digits that count, thousands separated. */
export function shortNumber(value: number): string {
  return value.toLocaleString('en-US', { maximumSignificantDigits: 4 }).replace('-', '−')
}

export function signedNumber(value: number): string {
  const text = shortNumber(Math.abs(value))
  if (value === 0) return '0'
  return value < 0 ? `−${text}` : `+${text}`
}

/** Of axes that count: what lies between two whole numbers has no label. */
export function wholeNumber(value: number): string {
  return Number.isInteger(value) ? value.toLocaleString('en-US') : ''
}

/** `0.0843 [0.0801, 0.0885]`; without an interval where there is none. */
export function withInterval(mean: number, low = Number.NaN, high = Number.NaN, number = shortNumber): string {
  return Number.isFinite(low) && Number.isFinite(high)
    ? `${number(mean)} [${number(low)}, ${number(high)}]`
    : number(mean)
}

/** Places for labels near their values, from the highest down, at least `step` from one another. */
export function apart<L extends { readonly value: number }>(
  labels: readonly L[],
  step: number,
): (L & { place: number })[] {
  let above = Number.POSITIVE_INFINITY
  return [...labels]
    .sort((a, b) => b.value - a.value)
    .map((label) => {
      above = Math.min(label.value, above - step)
      return { ...label, place: above }
    })
}
