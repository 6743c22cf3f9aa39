import { formatDuration } from './progress.ts'

/** One piece of long work among several, such as the training of a model with a seed. */
export interface Job {
  /** Jobs of one kind are expected to take the same time. */
  readonly kind: string
}

/** How long several jobs, done one after the other, still take. */
export interface TimeLeft {
  /** The next job begins. */
  begin(): void
  /** How much of the job at work is done, at most: it may end before. What goes before the first of it is preparation, which says nothing of the rest. */
  reached(share: number): void
  /** The job at work is ready. @param reused that it was there already, which tells nothing of how long one takes */
  end(reused?: boolean): void
  /** `about 12 min left of 12 trainings`; `''` while not enough is measured. */
  toString(): string
}

/** The share of a job and the seconds after which its rate says something of the rest. */
const ENOUGH = { share: 0.02, seconds: 3 }

/**
 * A job takes as long as those of its kind that are ready; where there is none, as long as the one at work would at its rate;
 * a kind that has not begun, as long as the others on average. Nothing is said before there is a job to go by.
 * @param name what the jobs are called, where there are several
 * @param now milliseconds of a monotonic clock
 */
export function timeLeft(jobs: readonly Job[], name: string, now: () => number = () => performance.now()): TimeLeft {
  const taken = new Map<string, number[]>()
  let place = -1
  let begun = 0
  let share = 0
  /** When the first share of the job at work was known, and how much that was. */
  let first: { readonly at: number; readonly share: number } | undefined

  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length
  return {
    begin() {
      place++
      begun = now()
      share = 0
      first = undefined
    },
    reached(done) {
      share = done
      if (done > 0) first ??= { at: now(), share: done }
    },
    end(reused = false) {
      const { kind } = jobs[place]
      if (!reused) taken.set(kind, [...(taken.get(kind) ?? []), (now() - begun) / 1000])
      share = 0
    },
    toString() {
      const seconds = (now() - begun) / 1000
      const current = jobs[place]
      if (current === undefined) return ''
      const known = new Map([...taken].map(([kind, times]) => [kind, mean(times)] as const))
      const before = known.get(current.kind)
      if (before === undefined) {
        const measured = first === undefined ? 0 : (now() - first.at) / 1000
        const done = first === undefined ? 0 : share - first.share
        if (done < ENOUGH.share || measured < ENOUGH.seconds) return ''
        known.set(current.kind, seconds + ((1 - share) * measured) / done)
      }
      const usual = mean([...known.values()])
      const rest = jobs.slice(place + 1).reduce((sum, { kind }) => sum + (known.get(kind) ?? usual), 0)
      const left = Math.max(0, known.get(current.kind)! - seconds) + rest
      // What has not been done once may end early.
      const sure = before === undefined ? 'at most' : 'about'
      return `${sure} ${formatDuration(left)} left${jobs.length > 1 ? ` of ${jobs.length} ${name}` : ''}`
    },
  }
}
