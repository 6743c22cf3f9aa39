import type { NamedTensors, Tensor } from '../core/index.ts'

/** What a shard came to in a round. */
export interface ShardResult {
  /** Weights and what the optimizer keeps; empty where it had no training row. */
  readonly tensors: NamedTensors
  /** Trained with, counted as often as they were. */
  readonly examples: number
  /** Of its last epoch. */
  readonly losses: Readonly<Record<string, number>>
  readonly seconds: number
  /** What an update changes beside arrays, such as the count of steps. */
  readonly scalars: Readonly<Record<string, unknown>>
}

/**
 * The mean of shards, each counted by its examples: w = Σ_s n_s w_s / Σ_s n_s (McMahan et al. 2017, Algorithm 1), summed in doubles in the
 * order of the shards, so that it has the same bits whoever trained them. Arrays of whole numbers and scalars are no quantities that have
 * a mean: of these it is the largest, or what the first shard has.
 */
export function average(shards: readonly ShardResult[]): Omit<ShardResult, 'examples' | 'seconds'> {
  const taught = shards.filter(({ tensors }) => tensors.size > 0)
  const total = taught.reduce((sum, { examples }) => sum + examples, 0)
  const shares = taught.map(({ examples }) => examples / total)
  const [first] = taught
  const tensors = new Map(
    [...(first?.tensors ?? [])].map(([name, { shape }]): [string, Tensor] => {
      const all = taught.map((shard) => shard.tensors.get(name)!.data)
      return [name, { shape, data: all[0] instanceof Float32Array ? meanOf(all, shares) : largestOf(all) }]
    }),
  )
  const losses: Record<string, number> = {}
  for (const name of Object.keys(first?.losses ?? {}))
    losses[name] = taught.reduce((sum, shard, s) => sum + shares[s] * (shard.losses[name] ?? 0), 0)
  return { tensors, losses, scalars: scalarsOf(taught) }
}

function meanOf(all: readonly Tensor['data'][], shares: readonly number[]): Float32Array {
  const sums = new Float64Array(all[0].length)
  for (const [s, data] of all.entries()) for (let i = 0; i < sums.length; i++) sums[i] += shares[s] * data[i]
  return Float32Array.from(sums)
}

function largestOf(all: readonly Tensor['data'][]): Tensor['data'] {
  const largest = all[0].slice()
  for (const data of all) for (let i = 0; i < largest.length; i++) if (data[i] > largest[i]) largest[i] = data[i]
  return largest
}

function scalarsOf(taught: readonly ShardResult[]): Record<string, unknown> {
  const names = Object.keys(taught[0]?.scalars ?? {})
  return Object.fromEntries(
    names.map((name) => {
      const values = taught.map(({ scalars }) => scalars[name])
      return [name, values.every((value) => typeof value === 'number') ? Math.max(...(values as number[])) : values[0]]
    }),
  )
}
