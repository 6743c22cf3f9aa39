import { availableParallelism } from 'node:os'
import { InvalidArgumentError } from 'commander'
import { type ModelSpec, TributaryError } from '../core/index.ts'
import { LEAVE_RULES } from '../rl/index.ts'
import type { EpochSimulation } from '../simulate-epochs.ts'

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
export function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text]
}

/** Two threads are what the small matrices of a training step can use; results are the same for any number. */
export function defaultThreads(): number {
  return Math.min(2, availableParallelism())
}

export interface SimulationOptions {
  readonly simulateEvery?: number
  readonly simulateEpisodes?: number
  readonly simulateLeave?: readonly string[]
}

/** `--simulate-every` and what goes with it, the same wherever policies are trained. */
export const SIMULATE_EVERY = [
  '--simulate-every <n>',
  "let a policy act in the dataset's truth after every nth epoch, in all modes: a curve to look at, which nothing is selected by",
  integerFrom(1),
] as const
export const SIMULATE_EPISODES = [
  '--simulate-episodes <n>',
  'episodes of such a simulation in each mode (default: 100)',
  integerFrom(1),
] as const
export const SIMULATE_LEAVE = [
  '--simulate-leave <rule>',
  `when users leave there: ${LEAVE_RULES}; repeatable (default: as the policy's own option leave says)`,
  collect,
] as const
/** As the papers of DORL and its followers measure their curves. */
const EPISODES = 100

/** @throws TributaryError `bad-argument` for the others without `--simulate-every` */
export function epochSimulation({
  simulateEvery: every,
  simulateEpisodes: episodes,
  simulateLeave: leave,
}: SimulationOptions): EpochSimulation | undefined {
  if (every !== undefined) return { every, episodes: episodes ?? EPISODES, leave }
  if (episodes === undefined && leave === undefined) return undefined
  throw new TributaryError(
    'bad-argument',
    `${episodes === undefined ? '--simulate-leave' : '--simulate-episodes'} says what a simulation is like; give --simulate-every too, which says when there is one`,
  )
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
