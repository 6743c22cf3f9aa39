import { type Dataset, type Policy, type Trajectories, TributaryError, unknownName } from '../core/index.ts'
import { type Interval, pairedBootstrap } from '../math/index.ts'
import { CONTROLS } from '../registry.ts'
import {
  createEnvironment,
  dominatedItems,
  type Environment,
  type EnvironmentOptions,
  type EpisodeMetrics,
  episodeMetrics,
  episodeRewards,
  leaveRuleText,
  MODES,
  type Mode,
  rollOut,
  type Users,
} from '../rl/index.ts'

/** The control that a learned policy must beat to have learned anything about anybody. */
export const YARDSTICK = 'best-list'

/** Ratings of average value that each of its items is given where nothing else is asked for. */
export const YARDSTICK_SHRINKAGE = 5

export interface SimulateOptions extends EnvironmentOptions {
  readonly episodes: number
  /** Of users and of whatever is drawn. Default 1. */
  readonly seed?: number | undefined
  /** Default `drawn`. */
  readonly users?: Users | undefined
  /** Default all. */
  readonly modes?: readonly Mode[] | undefined
  /** Of the control `best-list`: ratings of average value that each item is given. Default 5. */
  readonly shrinkage?: number | undefined
  /** What a training row must be above to count as positive for `mcd`; default the mean of them. */
  readonly positiveAbove?: number | undefined
  /** Episodes at a time; no result depends on it. */
  readonly parallel?: number | undefined
  /** Told each mode's episodes of the policy itself. */
  readonly onEpisodes?: ((mode: Mode, trajectories: Trajectories, environment: Environment) => void) | undefined
  readonly onProgress?: ((policy: string, done: number, total: number) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

export type ModeMetrics = Readonly<Partial<Record<Mode, EpisodeMetrics>>>

/** Everything without which the figures mean nothing. */
export interface SimulationProtocol {
  readonly seed: number
  /** How the users of the episodes were chosen; `listed`, those of a list, in its order. */
  readonly sampling: Exclude<Users, Int32Array> | 'listed'
  readonly acting: Policy['acting']
  /** What it is told of a user: this episode alone, or the training log before it. */
  readonly remembers: Policy['remembers']
  /** As on the command line; empty where nobody leaves before the end. */
  readonly leave: readonly string[]
  /** Of rules that give a share in place of LEAST, the LEAST that was found. */
  readonly foundLeast?: Readonly<Record<string, number>>
  readonly maxLength: number
  readonly compatWindowBug: boolean
  /** Of `best-list`. */
  readonly shrinkage: number
  /** Users and items of the truth. */
  readonly users: number
  readonly items: number
}

export interface Simulation {
  readonly policy: string
  readonly dataset: { readonly name: string; readonly hash: string }
  readonly episodes: number
  readonly protocol: SimulationProtocol
  readonly mode: ModeMetrics
  /** By name, in the order of the registry; the policy itself is not among them where it is one. */
  readonly controls: Readonly<Record<string, { readonly knowsTruth: boolean; readonly mode: ModeMetrics }>>
  /** How much more an episode pays than with `best-list`, in the same episodes, with a 95 % interval over users; not of `best-list` itself. */
  readonly againstBestList?: Readonly<Partial<Record<Mode, Interval>>>
}

/**
 * Runs a policy and all controls through the same episodes of a dataset's simulator, in each mode. `policy` is a name of
 * `CONTROLS` or `{name, policy}`.
 * @throws TributaryError as `createEnvironment` and `rollOut`; `unknown-name`
 */
export async function simulate(
  subject: string | { readonly name: string; readonly policy: Policy },
  dataset: Dataset,
  options: SimulateOptions,
): Promise<Simulation> {
  const {
    episodes,
    seed = 1,
    users = 'drawn',
    modes = MODES,
    shrinkage = YARDSTICK_SHRINKAGE,
    parallel,
    onEpisodes,
    onProgress,
    signal,
  } = options
  if (!(shrinkage >= 0 && Number.isFinite(shrinkage)))
    throw new TributaryError('bad-argument', `the shrinkage is ${shrinkage}; it must be a number of at least 0`)
  const environment = createEnvironment(dataset, options)
  const dominated = dominatedItems(environment, options.positiveAbove)
  const policies = new Map(CONTROLS.map((control) => [control.name, control.create(environment, { shrinkage })]))
  const name = typeof subject === 'string' ? subject : subject.name
  const policy = typeof subject === 'string' ? policies.get(subject) : subject.policy
  if (policy === undefined) throw unknownName('control', name, [...policies.keys()])
  const run = async (label: string, one: Policy): Promise<Outcome> => {
    const outcome: Outcome = { metrics: {}, episodes: new Map() }
    for (const [m, mode] of modes.entries()) {
      const trajectories = await rollOut(one, environment, {
        mode,
        episodes,
        seed,
        users,
        parallel,
        signal,
        onProgress: (done, total) => onProgress?.(label, m * total + done, modes.length * total),
      })
      if (one === policy) onEpisodes?.(mode, trajectories, environment)
      outcome.metrics[mode] = episodeMetrics(trajectories, environment, dominated)
      outcome.episodes.set(mode, { rewards: episodeRewards(trajectories), users: trajectories.users })
    }
    return outcome
  }
  const own = await run(name, policy)
  const controls = new Map<string, Outcome>()
  for (const [control, acting] of policies) if (acting !== policy) controls.set(control, await run(control, acting))
  const yardstick = controls.get(YARDSTICK)
  const difference = (mode: Mode, { episodes }: Outcome) => {
    const { rewards, users } = own.episodes.get(mode)!
    return pairedBootstrap(rewards, episodes.get(mode)!.rewards, { seed, users })
  }
  return {
    policy: name,
    dataset: { name: dataset.name, hash: dataset.hash },
    episodes,
    protocol: protocolOf(environment, policy, {
      seed,
      sampling: typeof users === 'string' ? users : 'listed',
      shrinkage,
    }),
    mode: own.metrics,
    controls: Object.fromEntries(
      CONTROLS.filter((control) => controls.has(control.name)).map(({ name, knowsTruth }) => [
        name,
        { knowsTruth, mode: controls.get(name)!.metrics },
      ]),
    ),
    ...(yardstick && { againstBestList: Object.fromEntries(modes.map((mode) => [mode, difference(mode, yardstick)])) }),
  }
}

interface Outcome {
  readonly metrics: { [mode in Mode]?: EpisodeMetrics }
  /** What each episode paid, and whom it met. */
  readonly episodes: Map<Mode, { readonly rewards: Float64Array; readonly users: Int32Array }>
}

function protocolOf(
  environment: Environment,
  policy: Policy,
  chosen: Pick<SimulationProtocol, 'seed' | 'sampling' | 'shrinkage'>,
): SimulationProtocol {
  const { leave, maxLength, rewards, rules } = environment
  const found = leave.flatMap((rule, place) => {
    const least = rules[place].found
    return least === undefined ? [] : [[leaveRuleText(rule), least] as const]
  })
  return {
    ...chosen,
    acting: policy.acting,
    remembers: policy.remembers,
    leave: leave.map(leaveRuleText),
    ...(found.length > 0 && { foundLeast: Object.fromEntries(found) }),
    maxLength,
    compatWindowBug: leave.some((rule) => rule.kind !== 'low-reward' && rule.asReleased === true),
    users: rewards.users.length,
    items: rewards.items.length,
  }
}

/** The protocol in sentences. */
export function describeSimulation({ episodes, protocol }: Simulation): string {
  const { acting, compatWindowBug, foundLeast, items, leave, maxLength, remembers, sampling, seed, shrinkage, users } =
    protocol
  const found = Object.entries(foundLeast ?? {}).map(([rule, least]) => `${rule} at a LEAST of ${least.toPrecision(4)}`)
  const chosen = { drawn: 'drawn at random', 'in-turn': 'in turn', listed: 'as listed' }
  return [
    `${episodes} episodes a mode over ${users} users (${chosen[sampling]}) × ${items} items, at most ${maxLength} turns (noRepeat10: always 10), seed ${seed}; the same users for every row.`,
    leave.length === 0
      ? 'Users never leave early.'
      : `Users leave by ${leave.join(', ')}${found.length > 0 ? ` (${found.join('; ')})` : ''}${compatWindowBug ? ', with the window as the released code slices it' : ''}.`,
    `The policy ${acting === 'greedy' ? 'takes its best item' : 'draws items by softmax of its scores'}, told of ${remembers === 'log' ? "the user's log and the episode" : 'the episode alone'}; ${YARDSTICK} shrinks means by ${shrinkage} ratings. ± is half of the 95 % interval over users.`,
  ].join(' ')
}
