import type { TrainEvent } from '../core/index.ts'

/**
 * How much of a training is done with an event, if it goes on to the last epoch; 0 where that is not known.
 * @param domainShares what each domain takes of a training that goes domain by domain, in that order; without it nothing is known of
 * when such a training ends
 */
export function shareOfTraining(
  { epochs }: Readonly<Record<string, unknown>>,
  domainShares: ReadonlyMap<string, number> = new Map(),
): (event: TrainEvent) => number {
  const last = typeof epochs === 'number' ? epochs : Number.POSITIVE_INFINITY
  const order = [...domainShares.keys()]
  let share = 0
  return (event) => {
    if (event.type === 'done') share = 1
    if (event.type === 'step' && event.share !== undefined) share = event.share
    else if (event.type === 'step') {
      const { domain, epoch, step, steps } = event
      const own = (epoch - 1 + step / steps) / last
      share = domain === undefined ? own : 0
      const place = domain === undefined ? -1 : order.indexOf(domain)
      for (const [d, name] of order.slice(0, place + 1).entries())
        share += domainShares.get(name)! * (d < place ? 1 : own)
    }
    return share
  }
}
