import type { NamedTensors, Tensor, Trust, TrustSignal } from '../../core/index.ts'
import type { IlRecConfig } from './options.ts'
import { demonstrationWeights } from './weights.ts'

/** What each demonstration counts, as it stands. */
export interface Weighing {
  /** w of each, 1 where it was not weighed yet. [N] */
  readonly together: Float32Array
  /** Weighs some anew, their mean being 1 among themselves. */
  weigh(group: Int32Array, advantages: Float32Array, chances: Float32Array): void
  readonly tensors: NamedTensors
  /** @param about of each demonstration: its number on file, the user, the item */
  trust(about: { readonly rows: Int32Array; readonly users: Int32Array; readonly items: Int32Array }): Trust
}

export type WeighingConfig = Pick<IlRecConfig, 'weighting' | 'beta' | 'alpha' | 'gammaIrl' | 'overMean' | 'mostWeight'>

const SHARES = { both: undefined, environment: 1, imitation: 0, none: undefined } as const

export function createWeighing(size: number, config: WeighingConfig): Weighing {
  const environment = new Float32Array(size).fill(Number.NaN)
  const imitation = new Float32Array(size).fill(Number.NaN)
  const together = new Float32Array(size).fill(1)
  const options = { ...config, alpha: SHARES[config.weighting] ?? config.alpha }
  const all: readonly (readonly [string, string, Float32Array])[] = [
    ['weight', 'w, what a demonstration counts; one that was not weighed counts 1', together],
    [
      'environment',
      'w_env, how much better it does in the world model than is expected where it was made',
      environment,
    ],
    ['imitation', 'w_irl, how little it looks like what the policy does', imitation],
  ]
  return {
    together,
    weigh(group, advantages, chances) {
      const found = demonstrationWeights(advantages, chances, options)
      for (const [i, place] of group.entries()) {
        environment[place] = found.environment[i]
        imitation[place] = found.imitation[i]
        if (config.weighting !== 'none') together[place] = found.together[i]
      }
    },
    tensors: new Map(all.map(([name, , data]): [string, Tensor] => [name, { shape: [size], data }])),
    trust: ({ rows, users, items }) => ({
      of: 'demonstration',
      signals: all.map(
        ([name, summary, values], place): TrustSignal => ({
          name,
          summary,
          neutral: 1,
          // Whom and what a demonstration is of is told once: they are many.
          keys: { demonstration: rows, ...(place === 0 && { user: users, item: items }) },
          values: values.slice(),
        }),
      ),
    }),
  }
}
