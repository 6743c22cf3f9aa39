/** The lines of a run's metrics.jsonl; other than epochs are left out. */
export type MetricsLines = readonly Readonly<Record<string, unknown>>[]

export interface Epoch {
  readonly epoch: number
  /** Of models that are trained domain by domain, each of which counts its own epochs from one. */
  readonly domain?: string
  readonly losses: Readonly<Record<string, number>>
  readonly validation: Readonly<Record<string, number>>
  readonly best: boolean
  /** By mode. */
  readonly simulation: Readonly<Record<string, Readonly<Record<string, number>>>>
}

/** The epochs among a run's metrics, without what is no number; a resumed run may have written an epoch twice. */
export function epochsOf(events: MetricsLines): Epoch[] {
  const epochs = new Map<string, Epoch>()
  for (const event of events) {
    if (event.type !== 'epoch' || typeof event.epoch !== 'number') continue
    const { epoch, domain, losses, validation, best, simulation } = event
    const modes = typeof simulation === 'object' && simulation !== null ? Object.entries(simulation) : []
    epochs.set(JSON.stringify([domain, epoch]), {
      epoch,
      ...(typeof domain === 'string' && { domain }),
      losses: numbersOf(losses),
      validation: numbersOf(validation),
      best: best === true,
      simulation: Object.fromEntries(modes.map(([mode, figures]) => [mode, numbersOf(figures)])),
    })
  }
  return [...epochs.values()]
}

/** The training of one model; others of its name differ in their seed alone. */
export interface LearningCurve {
  readonly name: string
  readonly events: MetricsLines
}

/** The epochs of each curve, those of each domain apart where domains were trained one after the other. */
export function trainedCurves(curves: readonly LearningCurve[]): { name: string; epochs: Epoch[] }[] {
  const several = curves.some(({ name }) => name !== curves[0].name)
  return curves.flatMap(({ name, events }) => {
    const byDomain = new Map<string | undefined, Epoch[]>()
    for (const epoch of epochsOf(events)) byDomain.set(epoch.domain, [...(byDomain.get(epoch.domain) ?? []), epoch])
    return [...byDomain].map(([domain, epochs]) => {
      if (domain === undefined) return { name, epochs }
      return { name: several ? `${name}, ${domain}` : domain, epochs }
    })
  })
}

function numbersOf(value: unknown): Record<string, number> {
  if (typeof value !== 'object' || value === null) return {}
  const entries = Object.entries(value).filter((entry): entry is [string, number] => Number.isFinite(entry[1]))
  return Object.fromEntries(entries)
}
