import type { TrainEvent } from '../core/index.ts'
import { type Ending, figuresOf, type Tracker, type Training } from './tracker.ts'

interface Told {
  /** Takes an event at once; what is kept of it is kept behind. */
  tell(event: TrainEvent): void
  /** Once all is kept. Never fails. */
  end(how: Ending): Promise<void>
}

/**
 * A training told to a tracker beside it. A tracker that fails is told of once and asked no more: no training fails of it.
 * @param training asked when the first event has come
 * @param failed is told why
 * @param now milliseconds since 1970
 */
export function tracked(
  tracker: Tracker,
  training: () => Promise<Training>,
  failed: (reason: string) => void,
  now: () => number = Date.now,
): Told {
  let queue: Promise<void> | undefined
  let broken = false
  const then = (work: () => Promise<void>) => {
    queue = (queue ?? Promise.resolve()).then(async () => {
      if (broken) return
      try {
        await work()
      } catch (error) {
        broken = true
        const { message, cause } = error as Error
        failed(cause instanceof Error ? `${message}: ${cause.message}` : message)
      }
    })
  }
  return {
    tell(event) {
      const time = now()
      if (queue === undefined) then(async () => tracker.begin(await training(), time))
      if (event.type === 'epoch') then(() => tracker.log({ step: event.epoch, time, values: figuresOf(event) }))
    },
    async end(how) {
      if (queue === undefined) return
      const time = now()
      then(() => tracker.end(how, time))
      await queue
    },
  }
}
