import { availableParallelism } from 'node:os'
import { InvalidArgumentError, Option } from 'commander'
import { type ModelSpec, TributaryError } from '../../core/index.ts'
import { SPLITS } from '../../data/index.ts'
import { type Episodes, MEASURES, type Measure } from '../../evaluation/measures/index.ts'
import { LEAST_USERS as ENOUGH_USERS } from '../../evaluation/verdicts.ts'
import { LEAVE_RULES, MODES, type Mode } from '../../rl/index.ts'
import type { EpochSimulation } from '../../simulation/while-training.ts'

/** Parses a time that has gone by, such as that of `--since`, to milliseconds since 1970. */
export function timeFrom(given: string): number {
  const milliseconds = Date.parse(given)
  if (Number.isNaN(milliseconds)) throw new InvalidArgumentError(`'${given}' is no time such as 2026-11-29T20:41:00Z.`)
  return milliseconds
}

/** Parses `--seed`, `-k` and their like. */
export function integerFrom(least: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (text.trim() === '' || !Number.isSafeInteger(value) || value < least)
      throw new InvalidArgumentError(`It must be a whole number of at least ${least}.`)
    return value
  }
}

/** Parses `--max-value`. */
export function finite(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value)) throw new InvalidArgumentError('It must be a number.')
  return value
}

/** Parses `--rate`. */
export function positive(text: string): number {
  const value = Number(text)
  if (text.trim() === '' || !Number.isFinite(value) || value <= 0)
    throw new InvalidArgumentError('It must be a number above 0.')
  return value
}

/** Gathers an option that may be given many times. */
export function collect(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text]
}

/** Two threads are what the small matrices of a training step can use; results are the same for any number. */
export function defaultThreads(): number {
  return Math.min(2, availableParallelism())
}

/** A way in which episodes go. */
export function modeOf(text: string): Mode {
  const mode = MODES.find((one) => one === text)
  if (mode === undefined) throw new InvalidArgumentError(`Allowed choices are ${MODES.join(', ')}.`)
  return mode
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
const EPISODES_OF_A_CURVE = 100

/** @throws TributaryError `bad-argument` for the others without `--simulate-every` */
export function epochSimulation({
  simulateEvery: every,
  simulateEpisodes: episodes,
  simulateLeave: leave,
}: SimulationOptions): EpochSimulation | undefined {
  if (every !== undefined) return { every, episodes: episodes ?? EPISODES_OF_A_CURVE, leave }
  if (episodes === undefined && leave === undefined) return undefined
  throw new TributaryError(
    'bad-argument',
    `${episodes === undefined ? '--simulate-leave' : '--simulate-episodes'} says what a simulation is like; give --simulate-every too, which says when there is one`,
  )
}

export interface EpisodeOptions {
  readonly episodes?: number
  readonly mode?: Mode
  readonly leave?: readonly string[]
  readonly maxLength?: number
}

/** `--episodes` and what goes with it, the same wherever models are measured. */
export const EPISODES = [
  '--episodes <n>',
  "of policies, and of models that rank: what n episodes pay with users of the dataset's truth, instead of where answers rank",
  integerFrom(1),
] as const
export const MODE = [
  '--mode <mode>',
  'how such episodes go: free, noRepeat (no item twice) or noRepeat10 (nor another end than ten turns); default: free',
  modeOf,
] as const
export const LEAVE = [
  '--leave <rule>',
  `when users leave there: ${LEAVE_RULES}; repeatable (default: never)`,
  collect,
] as const
export const MAX_LENGTH = [
  '--max-length <n>',
  'turns after which such an episode ends in any case (default: 30)',
  integerFrom(1),
] as const

/** @throws TributaryError `bad-argument` for the others without `--episodes` */
export function askedEpisodes({ episodes, mode, leave, maxLength }: EpisodeOptions): Episodes | undefined {
  if (episodes !== undefined) return { count: episodes, mode, leave, maxLength }
  const given = [
    mode !== undefined && '--mode',
    leave !== undefined && '--leave',
    maxLength !== undefined && '--max-length',
  ].find(Boolean)
  if (given === undefined) return undefined
  throw new TributaryError('bad-argument', `${given} says how episodes go; give --episodes too, which asks for them`)
}

/** `--rank` and what goes with it, the same wherever models are measured. */
export const RANK = [
  '--rank',
  'of models that predict ratings or labels, or rank: where the items that users rated high rank, instead of how they are predicted',
] as const
export const POSITIVE_ABOVE = [
  '--positive-above <value>',
  "with --rank: rows with a higher value are answers (default: the model's option positiveAbove, else the mean of their domain's training rows)",
  finite,
] as const

export interface RankedOptions {
  readonly rank?: boolean
  readonly positiveAbove?: number
}

/** @throws TributaryError `bad-argument` for `--positive-above` without `--rank` */
export function askedRanks({ rank, positiveAbove }: RankedOptions): { ranked?: boolean; positiveAbove?: number } {
  if (rank) return { ranked: true, ...(positiveAbove !== undefined && { positiveAbove }) }
  if (positiveAbove === undefined) return {}
  throw new TributaryError(
    'bad-argument',
    '--positive-above says which rows are answers; give --rank too, which asks where they rank',
  )
}

/** `--threads`, where training or scoring may take a few. */
export const THREADS = [
  '--threads <n>',
  'threads of the executor; any number gives the same results',
  integerFrom(1),
  defaultThreads(),
] as const

/** `--dataset`, the same wherever a run is opened. */
export const DATASET = ['--dataset <folder>', 'where the dataset is, if it has moved since the training'] as const

/** `--split-by`, the same wherever something is trained. */
export const SPLIT_BY = [
  '--split-by <name>',
  `how rows become training, validation and test: ${SPLITS.map(({ name, usage }) => usage ?? name).join(', ')} ; with ,ties=train after global-time or cross-domain, rows of the very time of a cut train; with ,seed=N after cold-users other users are drawn (default: column where the file gave parts, else leave-two-out)`,
] as const

/** How answers are ranked, the same wherever models are measured. None has a default, so that it is known which were given. */
export const CANDIDATES = [
  '--candidates <which>',
  "what an answer is ranked among: full (its domain's items), all (the catalogue), sampled:N (N seeded negatives of its domain), or a file (columns user, answer, then one a negative); default: full",
] as const
/** `--metrics`, the same wherever models are measured. */
export const METRICS = [
  '--metrics <names>',
  'what to show, with commas between: hr@K, ndcg@K, mrr@K, and of the lists coverage@K, gini@K, novelty@K, diversity@K (any K); of predictions auc, logloss, mae, rmse, mae-clipped, rmse-clipped',
  (text: string): readonly string[] => text.split(',').map((name) => name.trim()),
] as const
export const MASK_SEEN = [
  '--mask-seen',
  'rule out the items of the history; with repeated pairs this gives answers away',
] as const

/** `--split`, the same wherever models are measured. */
export function splitOption(more = ''): Option {
  const meaning = `the cases: the last ones, or those that selected the weights${more}`
  return new Option('--split <part>', meaning).choices(['test', 'valid']).default('test')
}

/** `--fallback`, the same wherever a run is asked. */
export const FALLBACK = [
  '--fallback <which>',
  "who answers for domains that the run's training on all domains harms: none (the run alone), auto (the single-domain twin, as the run's transfer.json says), the path of such a report, or DOMAIN=RUN,…",
  'none',
] as const

/** `--store`, the same wherever events are kept or read. */
export const STORE = [
  '--store <url>',
  'where events, histories, items and decisions are kept: sqlite:FILE, or postgres://USER:PASSWORD@HOST/DATABASE for several replicas',
] as const

/** `--new-users`, the same wherever lists are made. */
export const NEW_USERS = [
  '--new-users <which>',
  'who answers for users without events in the domain asked for, of those who have some in others: none (as for anybody), RUN (in every domain that it brings users to), or DOMAIN=RUN,…',
  'none',
] as const

/** `--blend`, the same wherever lists are made. */
export const BLEND = [
  '--blend <weight>',
  'lists of models that predict ratings: so much counts ln(1 + training rows of an item) beside its prediction; a number, or auto, which users who validate choose',
  '0',
] as const

/** `--least-users`, the same wherever there are verdicts. */
export const LEAST_USERS = [
  '--least-users <n>',
  'how many users with cases a domain needs for a verdict',
  integerFrom(2),
  ENOUGH_USERS,
] as const

/** The options that say how answers are ranked; none has a default, so that it is known which were given. */
export interface RankingOptions {
  readonly candidates?: string
  readonly maskSeen?: boolean
  readonly ties?: string
}

/**
 * Refuses options of ranking for a model that predicts something of each row, or is let act.
 * @throws TributaryError `bad-argument`
 */
export function refuseRankingOptions(
  spec: ModelSpec,
  { candidates, maskSeen, ties }: RankingOptions,
  { ranks, does }: Measure = MEASURES[spec.task],
): void {
  if (ranks) return
  const given = [
    candidates !== undefined && '--candidates',
    maskSeen === true && '--mask-seen',
    ties !== undefined && '--ties',
  ].filter(Boolean)
  if (given.length === 0) return
  const message = `${spec.name} ${does} and ranks nothing; leave out ${given.join(' and ')}`
  throw new TributaryError('bad-argument', message)
}

/** What tokens cost, as two numbers. */
export function prices(text: string): { readonly prompt: number; readonly answer: number } {
  const [prompt = Number.NaN, answer = Number.NaN, ...more] = text
    .split(',')
    .map((part) => (part.trim() === '' ? Number.NaN : Number(part)))
  if (more.length > 0 || !(prompt >= 0) || !(answer >= 0) || !Number.isFinite(prompt + answer))
    throw new InvalidArgumentError('It must be two prices with a comma between, such as 0.15,0.60.')
  return { prompt, answer }
}

export function numberWithin(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (text.trim() === '' || !(value >= least && value <= most))
      throw new InvalidArgumentError(`It must be a number from ${least} to ${most}.`)
    return value
  }
}
