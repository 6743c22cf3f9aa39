/**
 * What a value of trust is about, each an id: a domain (`ALL_DOMAINS` for the task over all of them), an expert of a mixture from 0 on,
 * a row of the log, a user, another user who is taken as a reference, an item, a demonstration from 0 on.
 */
export type TrustKey = 'domain' | 'expert' | 'row' | 'user' | 'reference' | 'item' | 'demonstration'

/** In a column of domains: the task over all domains together. */
export const ALL_DOMAINS = -1

/** One figure by which a model says how far it trusts something, in long form: entry i is about key[i] of every column. */
export interface TrustSignal {
  /** One word of the paper, told apart from the other signals of the model: `lambda`, `gap`, `gate`, `shapley`, `weight`, `similarity`. */
  readonly name: string
  /** What a value says, for a person who reads it alone. */
  readonly summary: string
  /** The value of what is trusted like the average; absent where there is none. */
  readonly neutral?: number
  /** As long as the values. */
  readonly keys: Readonly<Partial<Record<TrustKey, Int32Array>>>
  /** NaN where nothing is known of a key yet. */
  readonly values: Float32Array | Float64Array
}

/** What is weighed: domains, behaviors (rows of the log), users, or demonstrations. */
export type Trusted = 'domain' | 'behavior' | 'user' | 'demonstration'

/** How far a model trusts what it learned elsewhere. Every system speaks through it; docs/explain.md shows how it is read. */
export interface Trust {
  readonly of: Trusted
  readonly signals: readonly TrustSignal[]
  /** What all that is trusted counts together beside what was learned here (γ), where the model has such a number. */
  readonly scale?: number
}

/**
 * Weights of behaviors whose standard deviation is below this, their mean being 1, are as good as none: a training by them is the training
 * without them.
 */
export const LEAST_SPREAD = 0.1

/** Means of what was trusted in each of several steps, whose signals and keys are the same. */
export interface TrustMeans {
  add(trust: Trust): void
  /** The means since it was last asked; undefined where nothing was added. */
  take(): Trust | undefined
}

export function trustMeans(): TrustMeans {
  let first: Trust | undefined
  let sums: Float64Array[] = []
  let count = 0
  return {
    add(trust) {
      if (first === undefined) {
        first = trust
        sums = trust.signals.map(({ values }) => new Float64Array(values.length))
      }
      for (const [s, { values }] of trust.signals.entries())
        for (let i = 0; i < values.length; i++) sums[s][i] += values[i]
      count++
    },
    take() {
      if (first === undefined) return undefined
      const signals = first.signals.map((signal, s) => ({
        ...signal,
        values: sums[s].map((sum) => sum / count),
      }))
      const means = { ...first, signals }
      first = undefined
      count = 0
      return means
    },
  }
}
