export type Figure = number | null | undefined

export function count(value: number): string {
  return value.toLocaleString('en-US')
}

/** At most three digits that count. */
export function brief(value: Figure): string {
  return value === null || value === undefined ? '–' : value.toLocaleString('en-US', { maximumSignificantDigits: 3 })
}

export interface Rate {
  readonly count: number
  readonly of: number
  readonly share: number | null
}

/** `2.5 % (5 of 200)`: a rate never goes without what it is of. */
export function rate({ count: part, of, share }: Rate): string {
  return share === null
    ? 'none'
    : `${(100 * share).toLocaleString('en-US', { maximumFractionDigits: 1 })} % (${count(part)} of ${count(of)})`
}

export function milliseconds(value: Figure): string {
  if (value === null || value === undefined) return '–'
  return value < 1000 ? `${brief(value)} ms` : ago(value)
}

const SPANS = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
] as const

/** A length of time in its largest unit: `3 d`. */
export function ago(length: number): string {
  const [size, unit] = SPANS.find(([size]) => length >= size) ?? [1000, 's']
  return `${brief(Math.round((10 * length) / size) / 10)} ${unit}`
}

export function signed(value: Figure): string {
  return value === null || value === undefined || !Number.isFinite(value)
    ? '–'
    : `${value < 0 ? '−' : '+'}${Math.abs(value).toLocaleString('en-US', { maximumSignificantDigits: 3 })}`
}

export interface Interval {
  readonly mean: Figure
  readonly low: Figure
  readonly high: Figure
}

/** `+0.12 [−0.01, +0.25]` */
export function change({ mean, low, high }: Interval): string {
  return isKnown(low) && isKnown(high) ? `${signed(mean)} [${signed(low)}, ${signed(high)}]` : signed(mean)
}

export function probability(p: Figure): string {
  return !isKnown(p) ? '–' : p < 0.001 ? '< 0.001' : p.toFixed(3)
}

export function isKnown(value: Figure): value is number {
  return value !== null && value !== undefined && Number.isFinite(value)
}

/** Plain values, for whoever copies them. */
export function plain(value: Figure): string {
  return isKnown(value) ? String(value) : ''
}

export function when(time: Figure): string {
  return isKnown(time) ? new Date(time).toISOString().slice(0, 16).replace('T', ' ') : '–'
}

const GOOD = ['better', 'holds', 'ship', 'promoted', 'sound', 'passed']
const BAD = ['worse', 'broken', 'roll back', 'failed', 'unsound', 'harmed', 'not supported']

/** The class that colors what is said, of those that have a color. */
export function colorOf(said: string): 'helped' | 'harmed' | undefined {
  return GOOD.includes(said) ? 'helped' : BAD.includes(said) ? 'harmed' : undefined
}

/** What a chart draws of a verdict. */
export function drawn(verdict: string): 'helped' | 'harmed' | 'no difference' {
  return colorOf(verdict) ?? 'no difference'
}

/** A name that none of these has, for all of them together. */
export function nameOfAll(names: readonly string[]): string {
  let name = 'all services'
  while (names.includes(name)) name = `${name} together`
  return name
}

export const STORE = ['--store', 'sqlite:tributary.db'] as const
