import { TributaryError } from '../core/index.ts'
import { evaluate, type JudgedTarget } from '../ope/index.ts'
import { type GateVerdict, signed } from './gate.ts'
import { readLogOf } from './logged/open.ts'
import { parseReward } from './rewards.ts'
import type { Store } from './store/store.ts'

export interface LogGateOptions {
  readonly store: Store
  /** Folders of runs. */
  readonly challenger: string
  readonly champion: string
  /** As `parseReward` reads it. */
  readonly reward: string
  /** Milliseconds since 1970: lists from `since`; the new run must not have learned from what happened after it. */
  readonly since: number
  readonly now: number
  readonly noDomainHarmed: boolean
  readonly threads?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Holds a new run against what answers today by the lists that the latter made: what would they have earned? It passes where it is not worse,
 * overall and in each domain. Where the log cannot say it, somebody has to.
 * @throws TributaryError `store-failed`, `interrupted`, and whatever the runs throw
 */
export async function gateByLog(options: LogGateOptions): Promise<GateVerdict> {
  const { store, challenger, champion, reward, since, now, noDomainHarmed, threads = 1, signal } = options
  const as = { fallback: 'none', newUsers: 'none', threads }
  const asked = { policies: [challenger], loggers: [champion], reward: parseReward(reward), since, now, as, signal }
  try {
    const { level, logged, targets } = await readLogOf(store, asked)
    const [judged] = evaluate(logged, targets.slice(0, 1), { level }).targets
    return verdictOf(judged, reward, noDomainHarmed)
  } catch (error) {
    if (!(error instanceof TributaryError && (error.code === 'mismatch' || error.code === 'bad-dataset'))) throw error
    return {
      passed: false,
      asks: true,
      reason: `the log does not say: ${error.message}`,
      metric: reward,
      domains: {},
      cases: 0,
    }
  }
}

function verdictOf({ overall, domains }: JudgedTarget, metric: string, noDomainHarmed: boolean): GateVerdict {
  const verdicts = Object.fromEntries(domains.map(({ domain = '', verdict }) => [domain, verdict]))
  const harmed = Object.keys(verdicts).filter((domain) => verdicts[domain] === 'worse')
  const { difference } = overall.estimates.find(({ estimator }) => estimator === overall.by) ?? {}
  const said = { metric, domains: verdicts, cases: overall.units, ...(difference && { difference }) }
  if (difference === undefined || overall.verdict === 'not supported' || overall.verdict === 'estimators disagree')
    return { ...said, passed: false, asks: true, reason: `the log does not say: ${overall.refusal ?? overall.verdict}` }
  const { mean, low, high } = difference
  const figures = `${metric} changes by ${signed(mean)} a list (${signed(low)} to ${signed(high)}, ${overall.units} lists)`
  if (overall.verdict === 'worse') return { ...said, passed: false, reason: `it is worse by the log: ${figures}` }
  if (noDomainHarmed && harmed.length > 0)
    return { ...said, passed: false, reason: `by the log it harms ${harmed.join(', ')}, though overall ${figures}` }
  return { ...said, passed: true, reason: `it is not worse by the log: ${figures}` }
}
