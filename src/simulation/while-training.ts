import { type Dataset, isPolicy, type Model, type ModelSpec, TributaryError } from '../core/index.ts'
import { createRng } from '../math/index.ts'
import { CONTROLS } from '../registry.ts'
import {
  createEnvironment,
  dominatedItems,
  episodeMetrics,
  leaveRuleText,
  MODES,
  parseLeaveRule,
  type RollOutOptions,
  rollOut,
} from '../rl/index.ts'
import { YARDSTICK_SHRINKAGE } from './simulate.ts'

/** How often a policy is shown to people while it learns: nothing is selected by it, and the policy never sees it. */
export interface EpochSimulation {
  /** After each epoch whose number is a multiple of it. */
  readonly every: number
  /** In each mode. */
  readonly episodes: number
  /** When users leave; default as while it learns, which a policy that learns from the log alone knows nothing of. */
  readonly leave?: readonly string[] | undefined
}

/** Episode metrics by mode and name; those that are no number (an interval of one user) are left out. */
export type ModeFigures = Readonly<Record<string, Readonly<Record<string, number>>>>

export interface EpochSimulator {
  /** For the manifest. */
  readonly shown: EpochSimulation & { readonly leave: string[]; readonly maxLength: number }
  /** What the controls earn there, by name: each user once, or a thousand where there are more. */
  controls(): Promise<Readonly<Record<string, { readonly knowsTruth: boolean; readonly mode: ModeFigures }>>>
  /**
   * What the policy earns as it is now; undefined after an epoch that is not due. The users are drawn for each epoch anew, and
   * whatever is learned, the same ones for the same seed.
   */
  after(epoch: number): Promise<ModeFigures | undefined>
}

/** Users that the controls meet at most. */
const CONTROL_EPISODES = 1000

/**
 * Lets a policy that is being trained act in the dataset's truth, by the leave rules (unless others are given) and the length of its own
 * configuration.
 * @throws TributaryError `bad-argument` for a model that is no policy, or one of another domain than the truth's; as
 *   `createEnvironment` and `rollOut`
 */
export function epochSimulator(
  model: Model,
  { name }: Pick<ModelSpec, 'name'>,
  config: Readonly<Record<string, unknown>>,
  dataset: Dataset,
  options: EpochSimulation & { readonly seed: number; readonly signal?: AbortSignal | undefined },
): EpochSimulator {
  const { every, episodes, seed, signal } = options
  if (!isPolicy(model))
    throw new TributaryError(
      'bad-argument',
      `${name} is no policy, so there is nobody to simulate while it learns; leave out --simulate-every, or ask \`tributary simulate\` afterwards`,
    )
  const rules: readonly unknown[] = options.leave ?? (Array.isArray(config.leave) ? config.leave : [])
  const leave = rules.map((rule) => parseLeaveRule(String(rule)))
  const maxLength = typeof config.maxLength === 'number' ? config.maxLength : undefined
  const environment = createEnvironment(dataset, { leave, maxLength })
  const own = dataset.domains[environment.domain]
  if (typeof config.domain === 'string' && config.domain !== '' && config.domain !== own)
    throw new TributaryError(
      'bad-argument',
      `${name} learns to act in '${config.domain}', but the truth of '${dataset.name}' is of '${own}'; leave out --simulate-every`,
    )
  const dominated = dominatedItems(environment)
  const figures = async (policy: Parameters<typeof rollOut>[0], chosen: Omit<RollOutOptions, 'mode' | 'signal'>) => {
    const modes: Record<string, Readonly<Record<string, number>>> = {}
    for (const mode of MODES) {
      const trajectories = await rollOut(policy, environment, { ...chosen, mode, signal })
      const metrics: readonly (readonly [string, unknown])[] = Object.entries(
        episodeMetrics(trajectories, environment, dominated),
      )
      modes[mode] = Object.fromEntries(
        metrics.flatMap(([metric, value]) =>
          typeof value === 'number' && Number.isFinite(value) ? [[metric, value] as const] : [],
        ),
      )
    }
    return modes
  }
  return {
    shown: { every, episodes, leave: leave.map(leaveRuleText), maxLength: environment.maxLength },
    async controls() {
      const users = environment.rewards.users.length
      const chosen = {
        episodes: Math.min(users, CONTROL_EPISODES),
        seed,
        users: users > CONTROL_EPISODES ? ('drawn' as const) : ('in-turn' as const),
      }
      const entries = []
      for (const { name, knowsTruth, create } of CONTROLS) {
        const mode = await figures(create(environment, { shrinkage: YARDSTICK_SHRINKAGE }), chosen)
        entries.push([name, { knowsTruth, mode }] as const)
      }
      return Object.fromEntries(entries)
    },
    async after(epoch) {
      if (epoch % every !== 0) return undefined
      return figures(model, { episodes, seed: createRng(seed).split('simulated epoch', epoch).uint32() })
    },
  }
}
