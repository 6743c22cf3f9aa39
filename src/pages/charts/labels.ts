/** Generous for a proportional font of 13 pixels; a label must never be cut. */
const CHARACTER_WIDTH = 7.4
const LONGEST_LABEL = 30

export function shortened(label: string): string {
  return label.length > LONGEST_LABEL ? `${label.slice(0, LONGEST_LABEL - 1)}…` : label
}

/** A margin that holds the longest of these labels. */
export function labelWidth(labels: readonly string[]): number {
  return 24 + CHARACTER_WIDTH * Math.max(...labels.map((label) => shortened(label).length), 3)
}

/** At most four digits that count, thousands separated. */
export function shortNumber(value: number): string {
  return Number(value.toPrecision(4)).toLocaleString('en-US', { maximumSignificantDigits: 4 })
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
