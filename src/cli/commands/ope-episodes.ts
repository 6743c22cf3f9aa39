import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Dataset, type Policy, TributaryError, type WorldModel } from '../../core/index.ts'
import type { Interval } from '../../math/index.ts'
import { evaluate, type OpeVerdict, type Target } from '../../ope/index.ts'
import { actingModel, actionSpace, openWorldModel, parseLeaveRule } from '../../rl/index.ts'
import { openTrainedRun } from '../../runs/open.ts'
import { parsePolicy } from '../../serving/logged/policies.ts'
import { believedValue } from '../../simulation/believed-value.ts'
import { type EpisodeLog, readEpisodeLog } from '../../simulation/episode-log.ts'
import { loggedEpisodes, targetOnEpisodes } from '../../simulation/judge-policy.ts'
import type { Terminal } from '../terminal/terminal.ts'
import type { ReadLog } from './ope-store.ts'

/** What is said of episodes, beside the policies. */
export interface EpisodeLogOptions {
  readonly log: string
  readonly policy: readonly string[]
  readonly world?: string
  readonly leave?: readonly string[]
  readonly seed: number
  readonly threads: number
}

/** Episodes that a world model is asked about. */
const BELIEVED = 2000

/**
 * Whether policies are trained runs, not columns.
 * @throws TributaryError `bad-argument` for some that are and some that are not
 */
export function areRuns(policies: readonly string[]): boolean {
  const others = policies.filter((policy) => !existsSync(join(parsePolicy(policy).run, 'manifest.json')))
  if (others.length > 0 && others.length < policies.length)
    throw new TributaryError('bad-argument', `'${others[0]}' is no run and other policies are; name columns, or runs`)
  return others.length === 0
}

/**
 * Episodes of `tributary simulate --log`, and what each run would have recommended in them. All runs are of one dataset.
 * @throws TributaryError as `readEpisodeLog`, `openTrainedRun` and `replay`
 */
export async function readEpisodes(
  { signal }: Terminal,
  { log, policy: policies, world: folder, leave = [], seed, threads }: EpisodeLogOptions,
): Promise<ReadLog> {
  let known: { readonly dataset: Dataset; readonly episodes: EpisodeLog; readonly world?: WorldModel } | undefined
  const targets: Target[] = []
  const believed: Record<string, Interval> = {}
  for (const name of policies) {
    const { run, temperature } = parsePolicy(name)
    const { dataset, model } = await openTrainedRun(run, { threads, ...(known && { dataset: known.dataset }) })
    try {
      if (known === undefined) {
        const episodes = await readEpisodeLog(log, dataset)
        const world = folder === undefined ? undefined : await worldOf(folder, dataset, episodes, threads)
        known = { dataset, episodes, ...(world && { world }) }
      }
      const { episodes, world } = known
      const { mode, maxLength } = episodes
      const policy: Policy =
        temperature === 0 ? actingModel(model, 'greedy') : actingModel(model, undefined, temperature)
      const { items } = actionSpace(dataset, dataset.domains[episodes.domain])
      targets.push(await targetOnEpisodes({ name, policy }, episodes, dataset, { items, signal }))
      if (world !== undefined)
        believed[name] = await believedValue(policy, dataset, world, {
          mode,
          maxLength,
          leave: leave.map(parseLeaveRule),
          episodes: BELIEVED,
          seed,
          signal,
        })
    } finally {
      await model.dispose()
    }
  }
  if (known === undefined) throw new TributaryError('bad-argument', 'no policy was named; give at least one run')
  return {
    level: 'episode',
    logged: loggedEpisodes(known.episodes, known.dataset),
    targets,
    ...(folder !== undefined && {
      told: { worldModel: { run: folder, believed } },
      notes: Object.entries(believed).map(
        ([name, { mean, low, high }]) =>
          `the world model of ${folder} believes ${name} to earn ${mean.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}], whatever the log says`,
      ),
    }),
  }
}

async function worldOf(folder: string, dataset: Dataset, { domain }: EpisodeLog, threads: number): Promise<WorldModel> {
  return await openWorldModel(folder, actionSpace(dataset, dataset.domains[domain]), {
    openRun: async (run) => (await openTrainedRun(run, { dataset, threads })).model,
  })
}

/** Whether a run may take the place of who played a log. */
export interface EpisodeGate {
  readonly passed: boolean
  readonly verdict: OpeVerdict
  /** A sentence. */
  readonly reason: string
  /** What an episode would pay more, by the estimator that decides; absent where the log does not say. */
  readonly difference?: Interval | undefined
}

/** A run passes where its episodes would not have been worth less than those of the log, and the log can say so. */
export async function gateByEpisodes(
  terminal: Terminal,
  run: string,
  { log, seed, threads }: Pick<EpisodeLogOptions, 'log' | 'seed' | 'threads'>,
): Promise<EpisodeGate> {
  const { logged, targets } = await readEpisodes(terminal, { log, policy: [run], seed, threads })
  const { overall } = evaluate(logged, targets, { level: 'episode', seed }).targets[0]
  const { verdict, refusal, by, estimates } = overall
  const difference = estimates.find(({ estimator }) => estimator === by)?.difference
  if (difference === undefined) return { passed: false, verdict, reason: refusal ?? `${log} does not say` }
  const { mean, low, high } = difference
  const figures = `${signed(mean)} an episode (${signed(low)} to ${signed(high)}) by ${log}`
  const passed = verdict === 'better' || verdict === 'no difference'
  return { passed, verdict, difference, reason: `${verdict}, ${figures}` }
}

function signed(value: number): string {
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`
}
