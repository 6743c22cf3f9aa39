import { type NamedTensors, tensorsUnder } from '../../core/index.ts'
import type { Rng } from '../../math/index.ts'
import { adam, createParameters, gradientStep } from '../../nn/index.ts'
import type { Programs } from '../../tensor/index.ts'
import * as t from '../../tensor/index.ts'
import { dense } from './critic.ts'
import type { IlRecConfig } from './options.ts'

/** V_demo or Q_demo: a small network that is fitted to the returns of demonstrations, all at once. */
export interface Regressor {
  /** Lowers mean (f(x) − G)² by `steps` steps from where it stands; returns what it says then. [N] */
  fit(features: Float32Array, returns: Float32Array, steps: number): Promise<Float32Array>
  readonly state: NamedTensors
}

/** @param width of features */
export function createRegressor(
  name: string,
  { width, hidden, learningRate }: { readonly width: number; readonly hidden: number; readonly learningRate: number },
  rng: Rng,
  programs: Programs,
): Regressor {
  const parameters = createParameters(rng)
  const inside = t.relu(dense(parameters, `${name}/inner`, t.input('features', ['N', width]), width, hidden))
  const values = t.reshape(dense(parameters, `${name}/outer`, inside, hidden, 1), ['N'])
  const loss = t.mean(t.square(t.subtract(values, t.input('returns', ['N']))))
  const step = gradientStep({ loss, parameters, optimizer: adam({ learningRate }), programs })
  return {
    async fit(features, returns, steps) {
      const x = { shape: [returns.length, width], data: features }
      const feeds = { features: x, returns: { shape: [returns.length], data: returns } }
      for (let i = 0; i < steps; i++) await step.run(feeds)
      const program = await programs.compile({ values }, name)
      const out = await t.runWith(program, { ...Object.fromEntries(parameters.tensors), features: x })
      return out.values.data as Float32Array
    },
    state: new Map([...parameters.tensors, ...step.state]),
  }
}

/** A_demo(s, a) = Q_demo(s, a) − V_demo(s). */
export interface DemonstratedValues {
  advantages(states: Float32Array, pairs: Float32Array, returns: Float32Array, steps: number): Promise<Float32Array>
  readonly state: NamedTensors
}

/**
 * @param width d, of states
 * @param pairWidth F, of the features of a pair of state and action
 */
export function createDemonstratedValues(
  config: Pick<IlRecConfig, 'demonstrationHidden' | 'demonstrationLearningRate'>,
  { width, pairWidth }: { readonly width: number; readonly pairWidth: number },
  rng: Rng,
  programs: Programs,
): DemonstratedValues {
  const shape = { hidden: config.demonstrationHidden, learningRate: config.demonstrationLearningRate }
  const level = createRegressor('demonstrated/v', { ...shape, width }, rng, programs)
  const quality = createRegressor('demonstrated/q', { ...shape, width: pairWidth }, rng, programs)
  return {
    async advantages(states, pairs, returns, steps) {
      const v = await level.fit(states, returns, steps)
      const q = await quality.fit(pairs, returns, steps)
      return q.map((value, i) => value - v[i])
    },
    state: new Map([...tensorsUnder(level.state, 'v/'), ...tensorsUnder(quality.state, 'q/')]),
  }
}
