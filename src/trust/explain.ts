import { type Dataset, type Trusted, unknownName } from '../core/index.ts'
import { type ExplainedBehaviors, explainBehaviors } from './behaviors.ts'
import { type ExplainedSignal, explainedSignals } from './explained-signals.ts'
import { sharedTrust, type WeighingRun } from './runs.ts'

/** What `explain --json` prints of every model; docs/explain.md explains it. NaN is null in JSON. */
export interface ExplainedTrust {
  readonly format: 1
  readonly model: string
  readonly dataset: { readonly name: string; readonly hash: string }
  readonly split: string
  /** What the values are averaged over. */
  readonly runs: readonly { readonly folder: string; readonly seed: number }[]
  /** Mean rank correlation of two runs' values of the first signal; NaN for one run. */
  readonly agreement: number
  readonly of: Trusted
  readonly signals: readonly ExplainedSignal[]
  /** Where trust was logged while training, of the first run: the epoch that is told of, whose weights were kept, and all. */
  readonly training?: { readonly bestEpoch: number; readonly epochs: readonly number[] }
}

/** Of a model that weighs behaviors. */
export interface BehaviorExplanation extends ExplainedTrust, ExplainedBehaviors {
  readonly of: 'behavior'
}

export type Explanation = BehaviorExplanation | (ExplainedTrust & { readonly of: Exclude<Trusted, 'behavior'> })

export interface ExplainOptions {
  /** By name: whose behaviors to list in place of items, or what is known of this user. */
  readonly user?: string | undefined
  /** The most that stand at each end. Default 10. */
  readonly k?: number | undefined
  /** Items with fewer behaviors are left out. Default 5. */
  readonly atLeast?: number | undefined
}

/**
 * How far a trained model trusts what it learned elsewhere: its signals by what they are about, in the epoch whose weights were kept and
 * over all epochs where they were logged, and of behaviors also by category and history.
 * @param trained one run, or several that differ in their seeds, which are averaged
 * @throws TributaryError as `sharedTrust`; `bad-argument` for a user of whom nothing is known; `unknown-name` for one that the dataset does
 * not know
 */
export async function explain(
  trained: readonly [WeighingRun, ...WeighingRun[]],
  { user, k = 10, atLeast = 5 }: ExplainOptions = {},
): Promise<Explanation> {
  const [first] = trained
  const { spec, dataset, split } = first
  const asked = user === undefined ? undefined : userId(dataset, user)
  const trust = await sharedTrust(trained, asked)
  const { of, signals, scale = 1, course } = trust
  const common = {
    format: 1,
    model: spec.name,
    dataset: { name: dataset.name, hash: dataset.hash },
    split: split.name,
    runs: trained.map(({ run }) => ({ folder: run.folder, seed: run.manifest.seed })),
    agreement: signals[0].agreement,
    ...(course && { training: { bestEpoch: course.bestEpoch, epochs: course.epochs.map(({ epoch }) => epoch) } }),
  } as const
  const weight = signals.find(({ keys }) => keys.row !== undefined)
  if (of !== 'behavior' || weight === undefined)
    return { ...common, of, signals: explainedSignals(trust, { dataset, user: asked, k }) } as Explanation
  const behaviors = explainBehaviors(first, weight, { user: asked, k, atLeast })
  return { ...common, of, signals: explainedSignals(trust, { dataset, k }), scale, ...behaviors }
}

function userId({ users }: Dataset, name: string): number {
  const id = users.id(name)
  if (id !== undefined) return id
  throw unknownName(
    'user',
    name,
    Array.from({ length: users.size }, (_, user) => users.name(user)),
  )
}
