/** The lines of a run's metrics.jsonl; other than epochs are left out. */
export type MetricsLines = readonly Readonly<Record<string, unknown>>[]

export interface Epoch {
  readonly epoch: number
  readonly losses: Readonly<Record<string, number>>
  readonly validation: Readonly<Record<string, number>>
  readonly best: boolean
  /** By mode. */
  readonly simulation: Readonly<Record<string, Readonly<Record<string, number>>>>
}

/** The epochs among a run's metrics, without what is no number; a resumed run may have written an epoch twice. */
export function epochsOf(events: MetricsLines): Epoch[] {
  const epochs = new Map<number, Epoch>()
  for (const event of events) {
    if (event.type !== 'epoch' || typeof event.epoch !== 'number') continue
    const { epoch, losses, validation, best, simulation } = event
    const modes = typeof simulation === 'object' && simulation !== null ? Object.entries(simulation) : []
    epochs.set(epoch, {
      epoch,
      losses: numbersOf(losses),
      validation: numbersOf(validation),
      best: best === true,
      simulation: Object.fromEntries(modes.map(([mode, figures]) => [mode, numbersOf(figures)])),
    })
  }
  return [...epochs.values()]
}

function numbersOf(value: unknown): Record<string, number> {
  if (typeof value !== 'object' || value === null) return {}
  const entries = Object.entries(value).filter((entry): entry is [string, number] => Number.isFinite(entry[1]))
  return Object.fromEntries(entries)
}
