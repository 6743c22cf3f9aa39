import { ALL_DOMAINS, type Trust, type Trusted, type TrustKey, type TrustSignal } from '../core/index.ts'
import type { MetricsLines } from './epochs.ts'

/** What a model trusted in an epoch; no trust where the line has none. */
export interface TrustedEpoch {
  readonly epoch: number
  readonly trust?: Trust
}

/** The event of an epoch as its line in metrics.jsonl. */
export function epochLine<E extends { readonly trust?: Trust }>(event: E): Readonly<Record<string, unknown>> {
  const { trust } = event
  if (trust === undefined) return { ...event }
  const signals = trust.signals.map(({ keys, values, ...signal }) => ({
    ...signal,
    keys: Object.fromEntries(Object.entries(keys).map(([key, ids]) => [key, [...ids]])),
    // As many digits as a single-precision number has.
    values: Array.from(values, (value) => Number(value.toPrecision(7))),
  }))
  return { ...event, trust: { ...trust, signals } }
}

/**
 * What was trusted in each epoch of a run's metrics, ascending. Versions before there was `trust` logged it among the losses, by the names of
 * domains.
 */
export function trustByEpoch(lines: MetricsLines, domains: readonly string[]): TrustedEpoch[] {
  const epochs = new Map<number, TrustedEpoch>()
  // A resumed run may have written an epoch twice; its last line counts.
  for (const { type, epoch, losses, trust } of lines) {
    if (type !== 'epoch' || typeof epoch !== 'number') continue
    const found = isRecord(trust) ? readTrust(trust) : isRecord(losses) ? trustAmongLosses(losses, domains) : undefined
    epochs.set(epoch, { epoch, ...(found && { trust: found }) })
  }
  return [...epochs.values()].sort((a, b) => a.epoch - b.epoch)
}

type JsonRecord = Readonly<Record<string, unknown>>

function readTrust({ of, signals, scale }: JsonRecord): Trust {
  return {
    of: of as Trusted,
    signals: (signals as JsonRecord[]).map(({ name, summary, neutral, keys, values }) => ({
      name: String(name),
      summary: String(summary),
      ...(typeof neutral === 'number' && { neutral }),
      keys: Object.fromEntries(
        Object.entries(keys as JsonRecord).map(([key, ids]) => [key, Int32Array.from(ids as number[])]),
      ) as Partial<Record<TrustKey, Int32Array>>,
      // What was no number is null in JSON.
      values: Float64Array.from(values as (number | null)[], (value) => value ?? Number.NaN),
    })),
    ...(typeof scale === 'number' && { scale }),
  }
}

/** Names of older versions, each followed by a domain. */
const BY_DOMAIN = [
  { name: 'lambda', summary: 'λ, how much the loss of a domain counts', neutral: 1 },
  {
    name: 'gap',
    summary: 'φ, the negative transfer gap: below 0, training on all domains harms the domain',
    neutral: 0,
  },
  { name: 'shapley', summary: 'φ, the Shapley value of a domain', neutral: 0 },
]

function trustAmongLosses(losses: JsonRecord, domains: readonly string[]): Trust | undefined {
  const known = (name: string) => Number.isFinite(losses[name])
  const signals = BY_DOMAIN.flatMap((signal): TrustSignal[] => {
    const domain = [...domains.keys()].filter((d) => known(`${signal.name}/${domains[d]}`))
    if (domain.length === 0) return []
    const values = Float64Array.from(domain, (d) => losses[`${signal.name}/${domains[d]}`] as number)
    return [{ ...signal, keys: { domain: Int32Array.from(domain) }, values }]
  })
  const gates = gatesAmongLosses(losses, domains)
  if (gates !== undefined) signals.push(gates)
  return signals.length === 0 ? undefined : { of: 'domain', signals }
}

/** `gate/<task>/<expert>`: of the cross-domain task, then of each domain; experts are counted from 1. */
function gatesAmongLosses(losses: JsonRecord, domains: readonly string[]): TrustSignal | undefined {
  const tasks = [['cross', ALL_DOMAINS] as const, ...[...domains.entries()].map(([d, name]) => [name, d] as const)]
  const entries = tasks.flatMap(([task, domain]) => {
    const weights: { domain: number; expert: number; value: number }[] = []
    for (
      let value = losses[`gate/${task}/1`];
      Number.isFinite(value);
      value = losses[`gate/${task}/${weights.length + 1}`]
    )
      weights.push({ domain, expert: weights.length, value: value as number })
    return weights
  })
  if (entries.length === 0) return undefined
  return {
    name: 'gate',
    summary: 'the share of each expert in a task: the cross-domain one, then that of each domain',
    neutral: 1 / (1 + Math.max(...entries.map(({ expert }) => expert))),
    keys: {
      domain: Int32Array.from(entries, ({ domain }) => domain),
      expert: Int32Array.from(entries, ({ expert }) => expert),
    },
    values: Float64Array.from(entries, ({ value }) => value),
  }
}

function isRecord(value: unknown): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
