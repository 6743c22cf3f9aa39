import { z } from 'zod'
import { type TrainContext, tensorsUnder } from '../../core/index.ts'
import {
  attendedBehaviors,
  type BridgeInputs,
  type BridgeTarget,
  type BridgeTraining,
  bridgedBy,
  bridgeOptions,
  defineBridgeModel,
  heard,
  partOf,
  type RatingBatch,
  ratingBatches,
  ratingFeeds,
  ratingInputs,
  type Scene,
  type SourceInputs,
  sceneOf,
  weighingCapabilities,
  weightsOf,
} from '../../families/bridges/index.ts'
import type { Rng } from '../../math/index.ts'
import { adam, type Feeds, fanInUniform, gradientStep, linear, type Parameters } from '../../nn/index.ts'
import { logProbability, policyGradient } from '../../rl/index.ts'
import * as t from '../../tensor/index.ts'
import { type Dim, input, type Sym, stopGradient } from '../../tensor/index.ts'

const config = z.object({
  interests: z
    .int()
    .min(1)
    .default(3)
    .describe('K, interests of a user in a source: the vector there, and what K − 1 poolings read of what was liked'),
  hidden: z.int().min(1).default(50).describe('hidden units of the network that makes the maps of a user'),
  agentHidden: z.int().min(1).default(32).describe('hidden units of the agent'),
  agentLearningRate: z.number().positive().default(0.001).describe('of Adam over the agent'),
  warmUp: z.int().min(0).default(1).describe('passes before the first epoch, in which all interests count the same'),
  ...bridgeOptions({ learningRate: 0.003, weightDecay: 0.01, batchSize: 512 }),
})

type Config = z.output<typeof config>

/** The interests u_k of users in a source, [B, n] each. */
function interestsOf(parameters: Parameters, { name, vector, behaviors }: SourceInputs, count: number): Sym[] {
  const { items, keep } = behaviors()
  const width = vector.shape[1] as number
  const read = Array.from({ length: count - 1 }, (_, k) =>
    attendedBehaviors(parameters, `bridge/${name}/interest${k + 1}`, items, keep, width),
  )
  return [vector, ...read]
}

/** q_k = Σ a_i h_i with a = softmax ⟨h_i, u_k⟩ over what was liked; 0 without. [B, n] */
export function likedAs(interest: Sym, items: Sym, keep: Sym): Sym {
  const [B, T, n] = items.shape as [Dim, Dim, number]
  const scores = t.reshape(t.matmul(items, t.reshape(interest, [B, n, 1])), [B, T])
  const weights = t.multiply(t.softmax(heard(scores, keep)), keep)
  return t.reshape(t.matmul(t.reshape(weights, [B, 1, T]), items), [B, n])
}

/** `vectors` e_k = u_k M(q_k) of all sources, [B, S K, n], and `known` [B, S K]. */
function bridgedInterests({ interests, hidden }: Config, parameters: Parameters, { width, sources }: BridgeInputs) {
  const vectors = sources.flatMap((source) => {
    const { items, keep } = source.behaviors()
    return interestsOf(parameters, source, interests).map((interest) => {
      const liked = likedAs(interest, items, keep)
      const bridged = bridgedBy(parameters, `bridge/${source.name}`, interest, liked, { width, hidden })
      return t.reshape(bridged, ['B', 1, width])
    })
  })
  const known = sources.map((source) => t.expand(source.known, ['B', interests]))
  return { vectors: t.concat(vectors, 1), known: t.concat(known, 1) }
}

/** The agent's logits of what it sees, [v ; e_1 … ; ⟨e_1, v⟩ …]. [P, S K] */
function agent(parameters: Parameters, { items, vectors, scores, known }: Scene, hidden: number): Sym {
  const [P, m, n] = vectors.shape as [Dim, number, number]
  const mask = t.reshape(known, [P, m, 1])
  const seen = t.concat([items, t.reshape(t.multiply(vectors, mask), [P, m * n]), t.multiply(scores, known)], 1)
  const inputs = n + m * n + m
  const inner = t.relu(linear(parameters, 'agent/hidden', seen, [inputs, hidden], fanInUniform(inputs)))
  return linear(parameters, 'agent/output', inner, [hidden, m], fanInUniform(hidden))
}

/**
 * REINFORCE on an interest k that is drawn by the agent's weights π: it is paid −(⟨e_k, v⟩ − y)², held against what π is paid on average.
 * @param rating y beyond what the item adds by itself, [B]
 * @param noise of Gumbel, [B, S K], which draws: k is where logits and noise are largest
 */
export function selectionLoss(
  logits: Sym,
  { scores, known }: Pick<Scene, 'scores' | 'known'>,
  rating: Sym,
  noise: Sym,
) {
  const [B] = rating.shape as [Dim]
  const among = heard(logits, known)
  const drawn = t.add(among, noise)
  const taken = stopGradient(t.equal(drawn, t.max(drawn, 1, { keepDims: true }))) // one 1 in each row, [B, S K]
  const paid = t.negate(t.square(t.subtract(scores, t.reshape(rating, [B, 1])))) // [B, S K]
  const reward = t.sum(t.multiply(taken, paid), 1)
  const expected = t.sum(t.multiply(weightsOf(logits, known), paid), 1)
  const loss = policyGradient(logProbability(among, t.sum(t.multiply(taken, among), 1)), t.subtract(reward, expected))
  return { loss, reward: t.mean(reward) }
}

/** An epoch is a pass of the bridges under the agent's weights, then one of the agent. */
interface Turn {
  readonly of: 'warm-up' | 'bridges' | 'agent'
  readonly rows: RatingBatch
}

const isOfBridges = (name: string) => name.startsWith('bridge/')

function trainSelection(
  target: BridgeTarget,
  config: Config,
  { dataset }: TrainContext,
  rng: Rng,
): BridgeTraining<Turn> {
  const { network, parameters, programs, name } = target
  const { item, rating } = ratingInputs(target)
  const { vectors, known } = network.states
  const m = known.shape[1] as number
  const scene = sceneOf(item, { vectors, known })
  const bridges = partOf(parameters, isOfBridges)
  const agents = partOf(parameters, (weight) => !isOfBridges(weight))
  const optimizer = adam({ learningRate: config.learningRate, weightDecay: config.weightDecay })
  const bridgesUnder = (logits: Sym, key: string) => {
    const predicted = t.sum(t.multiply(stopGradient(weightsOf(logits, known)), scene.scores), 1)
    const loss = t.mean(t.square(t.subtract(predicted, rating)))
    return gradientStep({ loss, parameters: bridges, optimizer, programs, key: `${name}/${key}` })
  }
  const even = bridgesUnder(t.expand(t.constant(0), ['B', m]), 'warm-up')
  const learned = bridgesUnder(agent(parameters, scene, config.agentHidden), 'bridges')
  const fixed = sceneOf(item, { vectors: stopGradient(vectors), known })
  const selection = selectionLoss(agent(parameters, fixed, config.agentHidden), fixed, rating, input('noise', ['B', m]))
  const selecting = gradientStep({
    loss: selection.loss,
    outputs: { reward: selection.reward },
    parameters: agents,
    optimizer: adam({ learningRate: config.agentLearningRate }),
    programs,
    key: `${name}/agent`,
  })
  const tensors = (part: Pick<Parameters, 'tensors'>): Feeds => Object.fromEntries(part.tensors)
  return {
    state: new Map([...tensorsUnder(optimizer.state, 'bridges/'), ...tensorsUnder(selecting.state, 'agent/')]),
    batches(epoch) {
      const own = rng.split('epoch', epoch)
      const turns = (of: Turn['of'], pass = 0) =>
        ratingBatches(target, dataset, config.batchSize, own.split(of, pass)).map((rows) => ({ of, rows }))
      const passes = epoch === 1 ? config.warmUp : 0
      return [
        ...Array.from({ length: passes }, (_, pass) => turns('warm-up', pass)).flat(),
        ...turns('bridges'),
        ...turns('agent'),
      ]
    },
    async step({ of, rows }, epoch, n) {
      const feeds = ratingFeeds(target, rows)
      if (of !== 'agent') {
        const { loss } = await (of === 'warm-up' ? even : learned).run({ ...tensors(agents), ...feeds })
        return { loss }
      }
      const own = rng.split('draw', epoch, n)
      const draws = Float32Array.from({ length: rows.user.length * m }, () => -Math.log(-Math.log(own.float())))
      const noise = { shape: [rows.user.length, m], data: draws }
      const { out, loss } = await selecting.run({ ...tensors(bridges), ...feeds, noise })
      return { agent: loss, reward: (out.reward.data as Float32Array)[0] }
    },
    size: ({ rows }) => rows.user.length,
  }
}

export const remit = defineBridgeModel({
  name: 'remit',
  summary:
    'several interests of a user, each brought by a map of its own, under weights that one agent learns from what it is paid',
  paper: {
    title: 'REMIT: Reinforced Multi-Interest Transfer for Cross-Domain Recommendation',
    year: 2023,
    venue: 'AAAI',
  },
  config,
  trusts: 'domain',
  can: weighingCapabilities,
  network: (config, parameters, inputs) => ({
    states: bridgedInterests(config, parameters, inputs),
    predict({ vectors, known }, items) {
      const scene = sceneOf(items, { vectors, known })
      const weights = weightsOf(agent(parameters, scene, config.agentHidden), known) // [P, S K]
      const bySource = t.reshape(weights, [weights.shape[0], inputs.sources.length, config.interests])
      return { rating: t.sum(t.multiply(weights, scene.scores), 1), weights: t.sum(bySource, 2) }
    },
  }),
  training: trainSelection,
})
