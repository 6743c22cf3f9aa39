import type { Dataset, Policy, WorldModel } from '../core/index.ts'
import { type Interval, pairedBootstrap } from '../math/index.ts'
import { believedEnvironment, episodeRewards, type LeaveRule, type Mode, rollOut } from '../rl/index.ts'

export interface BelievedValueOptions {
  readonly mode: Mode
  readonly maxLength: number
  /** When users leave. Default at the end only. */
  readonly leave?: readonly LeaveRule[] | undefined
  readonly episodes: number
  readonly seed: number
  readonly signal?: AbortSignal | undefined
}

/**
 * What a policy earns an episode from users as a world model believes them to be, with an interval of which users came. No log holds it to
 * anything: where the model is wrong, so is this.
 * @throws TributaryError as `rollOut`
 */
export async function believedValue(
  policy: Policy,
  dataset: Dataset,
  { rewards }: WorldModel,
  { leave, maxLength, ...options }: BelievedValueOptions,
): Promise<Interval> {
  const environment = believedEnvironment(dataset, rewards, { leave, maxLength })
  const played = await rollOut(policy, environment, options)
  const earned = episodeRewards(played)
  return pairedBootstrap(earned, new Float64Array(earned.length), { seed: options.seed, users: played.users })
}
