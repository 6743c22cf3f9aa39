import { giveWay, quoted, TributaryError } from '../../../core/index.ts'
import type { Decision } from '../../decision.ts'
import { parseReward } from '../../rewards.ts'
import type { Store } from '../../store/store.ts'
import type { Experiment } from '../experiment.ts'

const PAGE = 1000

export interface ObserveOptions {
  /** Milliseconds since 1970: what may still be rewarded then is not counted yet. */
  readonly now: number
  readonly signal?: AbortSignal | undefined
}

/** What an experiment counts, and until when lists are old enough for it. */
export interface Span {
  readonly since: number
  readonly until: number
  /** Milliseconds after a list in which something may count. */
  readonly longest: number
}

/** @throws TributaryError `mismatch` for an experiment that was not started */
export function spanOf(experiment: Experiment, { now }: ObserveOptions): Span {
  const { startedAt: since, stoppedAt = now, name, metrics, guardrails = [] } = experiment
  if (since === undefined)
    throw new TributaryError('mismatch', `the experiment ${quoted(name)} was not started, so there is nothing to read`)
  const longest = Math.max(...[...metrics, ...guardrails].map(({ reward }) => parseReward(reward).within))
  return { since, until: Math.min(stoppedAt, now - longest), longest }
}

/**
 * The lists of an experiment that count, those of testers left out.
 * @throws TributaryError `store-failed`, `interrupted`
 */
export async function* listsOf(
  store: Pick<Store, 'decisions'>,
  { name }: Experiment,
  { since, until }: Span,
  { signal }: ObserveOptions,
): AsyncGenerator<Decision> {
  let after: string | undefined
  do {
    await giveWay(signal, () => 'stopped while lists were read')
    const page = await store.decisions({ since, until, after, limit: PAGE })
    for (const decision of page.rows)
      if (decision.experiment?.name === name && !decision.experiment.override) yield decision
    after = page.next
  } while (after !== undefined)
}
