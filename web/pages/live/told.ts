/** What the server tells each second of the second before, as `traffic`. */
export interface TrafficSecond {
  /** When it began, milliseconds since 1970. */
  readonly at: number
  readonly requests: number
  readonly refused: number
  readonly failed: number
  readonly hungUp: number
  readonly latency: { readonly n: number; readonly p50: number | null; readonly p95: number | null }
  readonly services: Readonly<Record<string, { readonly lists: number; readonly events: number }>>
}
