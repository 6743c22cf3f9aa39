import type { NamedTensors } from '../../core/index.ts'
import type { Windows } from '../../families/acting/index.ts'
import type { Rng } from '../../math/index.ts'
import { adam, createDropout, gradientStep } from '../../nn/index.ts'
import type { Programs } from '../../tensor/index.ts'
import * as t from '../../tensor/index.ts'
import type { Critic } from './critic.ts'
import type { IlRecNetwork } from './network.ts'
import type { IlRecConfig } from './options.ts'
import { normalizedAdvantage, type PolicyLossConfig, policyLoss } from './policy-loss.ts'
import { actorProjection } from './projection.ts'

/** Turns as the policy learns from them. */
export interface PolicyTurns {
  /** What was known before each. B of them. */
  readonly windows: Windows
  /** Columns. [B] */
  readonly actions: Int32Array
  /** 1 of demonstrations, 0 of own steps. [B] */
  readonly demonstrated: Float32Array
  /** w of demonstrations. [B] */
  readonly weights: Float32Array
}

export interface PolicyStep {
  /** φ(s) with units dropped, as the critic learns from them. [B × d] */
  states(windows: Windows, drop: Rng): Promise<Float32Array>
  /** One step of Adam on the whole network, encoder included, by A = Q − V of the critic as it is; then the actor's limits. */
  learn(turns: PolicyTurns, drop: Rng): Promise<Readonly<Record<'loss' | 'actor' | 'imitation', number>>>
  readonly state: NamedTensors
}

export type PolicyStepConfig = PolicyLossConfig &
  Pick<IlRecConfig, 'dropout' | 'learningRate' | 'rowNorm' | 'biasLimit'>

export function createPolicyStep(
  config: PolicyStepConfig,
  network: IlRecNetwork,
  critic: Pick<Critic, 'graph' | 'feeds'>,
  programs: Programs,
): PolicyStep {
  const dropout = createDropout(config.dropout)
  const graph = network.build(dropout)
  const { values, level } = critic.graph(t.stopGradient(graph.state))
  const advantage = normalizedAdvantage(t.subtract(values, level), config) // A = Q(s, a) − V(s) [B]
  const { total, actor, imitation } = policyLoss(graph.logits, advantage, config)
  const { tensors } = network.parameters
  const project = actorProjection(tensors.get('actor/weight')!, tensors.get('actor/bias')!, config)
  const step = gradientStep({
    loss: total,
    parameters: network.parameters,
    reads: graph.reads,
    // Tables are updated whole: momentum moves rows on that a batch does not touch.
    dense: true,
    optimizer: adam({ learningRate: config.learningRate }),
    outputs: { actor, imitation },
    programs,
  })
  const masks = (drop: Rng, { size }: Windows) => dropout.masks(drop, { B: size })
  return {
    async states(windows, drop) {
      const program = await programs.compile({ state: graph.state }, 'states')
      const { state } = await network.run(program, windows, masks(drop, windows))
      return state.data as Float32Array
    },
    async learn({ windows, actions, demonstrated, weights }, drop) {
      const shape = [windows.size]
      const { loss, out } = await step.run({
        ...network.feedsOf(windows),
        ...masks(drop, windows),
        ...critic.feeds(actions),
        actions: { shape, data: actions },
        demonstrated: { shape, data: demonstrated },
        weights: { shape, data: weights },
      })
      project()
      return { loss, actor: out.actor.data[0], imitation: out.imitation.data[0] }
    },
    state: step.state,
  }
}
