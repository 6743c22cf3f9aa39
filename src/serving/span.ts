/** Milliseconds. */
export const UNITS = { m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const

export const DAY = UNITS.d

/** A span of time as people write it: `90m`, `12h`, `7d`, `4w`. */
export const SPAN = /^(\d{1,4})([mhdw])$/

/** Milliseconds of a span; undefined for what is none. */
export function spanOf(text: string): number | undefined {
  const [, count, unit] = SPAN.exec(text) ?? []
  return count === undefined ? undefined : Number(count) * UNITS[unit as keyof typeof UNITS]
}
