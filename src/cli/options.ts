import { availableParallelism } from 'node:os'
import { InvalidArgumentError } from 'commander'
import { type ModelSpec, TributaryError } from '../core/index.ts'

/** Parses `--seed`, `-k` and their like. */
export function integerFrom(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (text.trim() === '' || !Number.isSafeInteger(value) || value < least)
      throw new InvalidArgumentError(`It must be a whole number of at least ${least}.`)
    return value
  }
}

/** Gathers an option that may be given many times. */
export function collect(text: string, before: readonly string[]): readonly string[] {
  return [...before, text]
}

/** Two threads are what the small matrices of a training step can use; results are the same for any number. */
export function defaultThreads(): number {
  return Math.min(2, availableParallelism())
}

/** `--fallback`, the same wherever a run is asked. */
export const FALLBACK = [
  '--fallback <which>',
  "who answers for domains that the run's training on all domains harms: none (the run alone), auto (the single-domain twin, as the run's transfer.json says), the path of such a report, or DOMAIN=RUN,…",
  'none',
] as const

/** The options that say how answers are ranked; none has a default, so that it is known which were given. */
export interface RankingOptions {
  readonly candidates?: string
  readonly maskSeen?: boolean
  readonly ties?: string
}

/**
 * Refuses options of ranking for a model that predicts something of each row.
 * @throws TributaryError `bad-argument`
 */
export function refuseRankingOptions(spec: ModelSpec, { candidates, maskSeen, ties }: RankingOptions): void {
  const given = [
    candidates !== undefined && '--candidates',
    maskSeen === true && '--mask-seen',
    ties !== undefined && '--ties',
  ].filter(Boolean)
  if (given.length === 0) return
  const predicted = spec.task === 'ctr' ? 'the probability of a label' : 'a value'
  const message = `${spec.name} predicts ${predicted} and ranks nothing; leave out ${given.join(' and ')}`
  throw new TributaryError('bad-argument', message)
}
