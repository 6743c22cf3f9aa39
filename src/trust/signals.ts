import { type ByName, byName } from '../core/index.ts'

/**
 * What a model of several domains logs of its own judgment while it trains, read from the losses in metrics.jsonl:
 * `lambda/<domain>`, `gap/<domain>`, `gate/<task>/<expert>`. A column has one entry an epoch, null where it was not logged.
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
  lines: readonly Readonly<Record<string, unknown>>[],
  domains: readonly string[],
  bestEpoch: number,
): TrainingSignals | undefined {
  const losses = new Map<number, Readonly<Record<string, unknown>>>()
  // A resumed run may have written an epoch twice; its last line counts.
  for (const { type, epoch, losses: terms } of lines)
    if (type === 'epoch' && typeof epoch === 'number' && isRecord(terms)) losses.set(epoch, terms)
  const epochs = [...losses.keys()].sort((a, b) => a - b)
  const columns = (prefix: string) => {
    const found = domains.flatMap((domain) => {
      const column = epochs.map((epoch) => numberOf(losses.get(epoch)![`${prefix}/${domain}`]) ?? null)
      return column.some((value) => value !== null) ? [[domain, column] as const] : []
    })
    return found.length > 0 ? byName(found) : undefined
  }
  const lambda = columns('lambda')
  const gap = columns('gap')
  const gates = gatesOf(losses.get(bestEpoch) ?? {}, domains)
  if (lambda === undefined && gap === undefined && gates === undefined) return undefined
  return { bestEpoch, epochs, ...(lambda && { lambda }), ...(gap && { gap }), ...(gates && { gates }) }
}

function gatesOf(
  losses: Readonly<Record<string, unknown>>,
  domains: readonly string[],
): ByName<readonly number[]> | undefined {
  const gates = new Map<string, number[]>()
  for (const task of ['cross', ...domains]) {
    const weights: number[] = []
    for (let expert = 1; ; expert++) {
      const weight = numberOf(losses[`gate/${task}/${expert}`])
      if (weight === undefined) break
      weights.push(weight)
    }
    if (weights.length > 0) gates.set(task, weights)
  }
  return gates.size > 0 ? byName(gates) : undefined
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
