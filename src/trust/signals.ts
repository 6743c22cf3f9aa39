import { ALL_DOMAINS, type ByName, byName, type Trust, type TrustSignal } from '../core/index.ts'
import type { MetricsLines } from '../runs/epochs.ts'
import { type TrustedEpoch, trustByEpoch } from '../runs/trust-log.ts'

/**
 * What a model of several domains made of each of them while it trained, as `transfer.json` has it. A column has one entry an epoch, null
 * where it was not logged.
 */
export interface TrainingSignals {
  /** The epoch whose weights were kept. */
  readonly bestEpoch: number
  readonly epochs: readonly number[]
  /** λ of each domain times the number of domains: how much its loss counts, 1 is neutral. */
  readonly lambda?: ByName<readonly (number | null)[]>
  /** φ of each domain, the negative transfer gap: below 0, training on all domains harms it. */
  readonly gap?: ByName<readonly (number | null)[]>
  /** Mean gate weights of the experts at the best epoch, by task: `cross`, then a task a domain. */
  readonly gates?: ByName<readonly number[]>
}

/**
 * The signals among the lines of metrics.jsonl; `undefined` where there are none.
 * @param bestEpoch as the manifest has it
 */
export function trainingSignals(
  lines: MetricsLines,
  domains: readonly string[],
  bestEpoch: number,
): TrainingSignals | undefined {
  const epochs = trustByEpoch(lines, domains)
  const lambda = courses(epochs, 'lambda', domains)
  const gap = courses(epochs, 'gap', domains)
  const gates = gatesOf(
    signalOf(
      epochs.find(({ epoch }) => epoch === bestEpoch),
      'gate',
    ),
    domains,
  )
  if (lambda === undefined && gap === undefined && gates === undefined) return undefined
  return {
    bestEpoch,
    epochs: epochs.map(({ epoch }) => epoch),
    ...(lambda && { lambda }),
    ...(gap && { gap }),
    ...(gates && { gates }),
  }
}

/** The gates of each task; undefined where there are none. */
export function gatesOf(
  gate: Pick<TrustSignal, 'keys' | 'values'> | undefined,
  domains: readonly string[],
): ByName<readonly number[]> | undefined {
  const { domain } = gate?.keys ?? {}
  if (gate === undefined || domain === undefined) return undefined
  const byTask = new Map<string, number[]>()
  for (const [i, d] of domain.entries()) {
    const task = taskName(d, domains)
    byTask.set(task, [...(byTask.get(task) ?? []), gate.values[i]])
  }
  return byName(byTask)
}

/** What was trusted of each domain, as `lambda/books`, for tables over several models. */
export function figuresByDomain(trust: Trust | undefined, domains: readonly string[]): Record<string, number> {
  const figures: Record<string, number> = {}
  for (const { name, keys, values } of trust?.signals ?? [])
    if (Object.keys(keys).join() === 'domain')
      for (const [i, d] of keys.domain!.entries()) figures[`${name}/${domains[d]}`] = values[i]
  return figures
}

/** `cross` for the task over all domains. */
export function taskName(domain: number, domains: readonly string[]): string {
  return domain === ALL_DOMAINS ? 'cross' : domains[domain]
}

/** A column for each domain that has the signal in any epoch. */
function courses(epochs: readonly TrustedEpoch[], name: string, domains: readonly string[]) {
  const signals = epochs.map((epoch) => signalOf(epoch, name))
  const found = domains.flatMap((domain, d) => {
    const column = signals.map((signal) => valueIn(signal, d))
    return column.some((value) => value !== null) ? [[domain, column] as const] : []
  })
  return found.length > 0 ? byName(found) : undefined
}

function signalOf(epoch: TrustedEpoch | undefined, name: string): TrustSignal | undefined {
  return epoch?.trust?.signals.find((signal) => signal.name === name)
}

function valueIn(signal: TrustSignal | undefined, domain: number): number | null {
  const value = signal?.values[signal.keys.domain?.indexOf(domain) ?? -1] ?? Number.NaN
  return Number.isFinite(value) ? value : null
}
