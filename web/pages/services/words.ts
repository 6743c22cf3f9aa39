import type { Answer } from '../../../src/client/index.ts'

export type Report = Answer<'getTransferReport'>
export type Service = Report['services'][number]
export type Finding = Service['verdict']

/** What is not known is null. */
export type Figure = number | null

export interface Interval {
  readonly mean: Figure
  readonly low: Figure
  readonly high: Figure
}

export function score(value: Figure): string {
  return value === null ? '–' : value.toFixed(4)
}

export function signed(value: Figure): string {
  return value === null ? '–' : `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(4)}`
}

export function interval({ low, high }: Interval): string {
  return low === null || high === null ? '–' : `[${signed(low)}, ${signed(high)}]`
}

export function probability(p: Figure): string {
  return p === null ? '–' : p < 0.0095 ? p.toFixed(4) : p.toFixed(2)
}

export function count(value: number): string {
  return value.toLocaleString('en-US')
}

/** Plain values, for whoever copies them: not one digit is lost. */
export function plain(value: Figure | undefined): string {
  return value === null || value === undefined ? '' : String(value)
}

export function when(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 16).replace('T', ' ')
}

/** The beginning of a hash, which tells weights apart. */
export function short(hash: string | undefined): string {
  return hash === undefined ? '' : hash.slice(0, 6)
}

/** The class that colors a verdict, of those that have a color. */
export function colorOf(finding: string): 'helped' | 'harmed' | undefined {
  return finding === 'helped' || finding === 'harmed' ? finding : undefined
}

/** What a chart draws of a finding; what is no verdict is no difference. */
export function drawn(finding: string): 'helped' | 'harmed' | 'no difference' {
  return colorOf(finding) ?? 'no difference'
}

/** A name that no service has, for all of them together. */
export function nameOfAll(services: readonly { readonly domain: string }[]): string {
  const taken = services.map(({ domain }) => domain)
  let name = 'overall'
  while (taken.includes(name)) name = `${name} together`
  return name
}

export function share(value: Figure): string {
  return value === null ? '–' : `${Math.round(value * 100)} %`
}
