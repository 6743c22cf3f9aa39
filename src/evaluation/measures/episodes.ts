import { type Dataset, type Metric, type Scorer, type Statistic, TributaryError } from '../../core/index.ts'
import type { Cases } from '../../data/index.ts'
import {
  actingModel,
  createEnvironment,
  episodeRewards,
  type JudgingEnvironment,
  leaveRuleText,
  type Mode,
  parseLeaveRule,
  rollOut,
} from '../../rl/index.ts'
import { type Episodes, type Evaluated, type EvaluateOptions, figuresOf, type Measure } from './measure.ts'

/** Everything without which the figures mean nothing. */
export interface EpisodesProtocol {
  readonly episodes: number
  readonly mode: Mode
  /** Rules as on the command line, with commas between them; empty where nobody leaves before the end. */
  readonly leave: string
  readonly maxLength: number
  /** Users and items of the truth. */
  readonly users: number
  readonly items: number
  /** Of the users and of whatever is drawn. */
  readonly seed: number
}

/** What each episode paid, and how long it was; a case is an episode, and its row the user that it met. */
export interface EpisodeEvaluation extends Evaluated {
  readonly protocol: EpisodesProtocol & Evaluated['protocol']
  readonly rewards: Float64Array
  readonly lengths: Int32Array
}

/** As `simulate` calls them. */
const METRICS: readonly Metric[] = [
  { name: 'rTra', summary: 'what an episode pays' },
  { name: 'rEach', summary: 'what a recommendation pays' },
  { name: 'length', summary: 'recommendations in an episode' },
].map((metric) => ({ ...metric, higherIsBetter: true, of: 'episodes' }))

/** Whoever acts is let act among the simulated users of the dataset's truth, the same ones for everybody of one seed. */
export const episodes: Measure<EpisodeEvaluation> = {
  name: 'episodes',
  does: 'acts',
  ranks: false,
  yardstick: METRICS[0],
  metrics: METRICS,
  metric: (name) => {
    const metric = METRICS.find((one) => one.name === name)
    if (metric !== undefined) return metric
    const known = METRICS.map((one) => one.name).join(', ')
    throw new TributaryError('unknown-name', `${name} does not measure what acts; known: ${known}`)
  },
  evaluate,
  statistics,
  describe: ({ episodes, mode, leave, maxLength, users, items, seed }) =>
    `Each model acts in ${episodes} episodes (${mode}) with users drawn from the ${users} of the truth, the same ones for all (seed ${seed}), among ${items} items, ` +
    `at most ${mode === 'noRepeat10' ? 10 : maxLength} turns; users ${leave === '' ? 'never leave early' : `leave by ${leave}`}.`,
}

/**
 * Where models act.
 * @throws TributaryError `bad-dataset` for a dataset without a truth; as `createEnvironment` and `parseLeaveRule`
 */
export function judgingEnvironment(dataset: Dataset, { leave = [], maxLength }: Episodes): JudgingEnvironment {
  return createEnvironment(dataset, { leave: leave.map(parseLeaveRule), maxLength })
}

/** @throws TributaryError as `judgingEnvironment` and `rollOut` */
async function evaluate(
  scorer: Scorer,
  dataset: Dataset,
  _: Cases,
  options: EvaluateOptions = {},
): Promise<EpisodeEvaluation> {
  const { seed = 0, onProgress, signal } = options
  const { episodes: asked = { count: 1000 } } = options
  const { count, mode = 'free' } = asked
  for (const name of options.metrics ?? []) episodes.metric(name)
  const environment = judgingEnvironment(dataset, asked)
  const trajectories = await rollOut(actingModel(scorer), environment, {
    mode,
    episodes: count,
    seed,
    onProgress,
    signal,
  })
  const { users, lengths } = trajectories
  const found = {
    measure: episodes,
    protocol: {
      episodes: count,
      mode,
      leave: environment.leave.map(leaveRuleText).join(', '),
      maxLength: environment.maxLength,
      users: environment.rewards.users.length,
      items: environment.rewards.items.length,
      seed,
    },
    metrics: METRICS.map(({ name }) => name),
    rewards: episodeRewards(trajectories),
    lengths,
    rows: users,
    users,
    caseDomains: new Int32Array(count).fill(environment.domain),
  }
  return { ...found, ...figuresOf(dataset, found.caseDomains, (cases) => statistics(found, cases)) }
}

function statistics(
  { rewards, lengths }: Pick<EpisodeEvaluation, 'rewards' | 'lengths'>,
  cases: readonly number[],
): ReadonlyMap<string, Statistic> {
  const paid = Float64Array.from(cases, (k) => rewards[k])
  const turns = Float64Array.from(cases, (k) => lengths[k])
  const weighted = (values: Float64Array, weights: ArrayLike<number>) =>
    values.reduce((sum, value, k) => sum + value * weights[k], 0)
  return new Map<string, Statistic>([
    ['rTra', paid],
    // Of all turns together, as long episodes have more of them.
    ['rEach', (weights) => weighted(paid, weights) / weighted(turns, weights)],
    ['length', turns],
  ])
}
