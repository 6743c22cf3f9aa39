import { type Tensor, type TrainContext, tensorsUnder } from '../../../core/index.ts'
import {
  actor,
  type BridgeTarget,
  type BridgeTraining,
  loudest,
  observations,
  partOf,
  type RatingBatch,
  ratingBatches,
  ratingFeeds,
  ratingInputs,
  ratingScene,
  rowsAt,
  type Scene,
  type SourceStates,
  sceneOf,
  weighingLogits,
  weightsOf,
} from '../../../families/bridges/index.ts'
import type { Rng } from '../../../math/index.ts'
import { adam, type Feeds, gradientStep, type Parameters } from '../../../nn/index.ts'
import {
  type Dim,
  input,
  mean,
  multiply,
  runWith,
  type Sym,
  square,
  stopGradient,
  subtract,
  sum,
} from '../../../tensor/index.ts'
import { critic, globalState, LOG_DEVIATIONS, logDeviation, mappoLoss, type Played, type Policy } from './agents.ts'
import { paysLists, play } from './game.ts'
import type { MarcoConfig } from './index.ts'
import { listBatches } from './lists.ts'

/** What agents and critic say of a scene. Declares their weights. */
export function teamOf(config: MarcoConfig, parameters: Parameters, scene: Scene): Policy {
  const { agentHidden, agentNames } = config
  const observed = observations(scene, { told: agentNames })
  return {
    means: actor(parameters, observed, agentHidden),
    logDeviation: logDeviation(parameters),
    values: critic(parameters, globalState(scene), observed, agentHidden),
    known: scene.known,
  }
}

/** Bridges and agents take turns: an epoch is a pass of the bridges under the weights that the agents give, then one of the agents. */
interface Turn {
  readonly of: 'warm-up' | 'bridges' | 'agents'
  readonly rows: RatingBatch & { readonly lists?: Int32Array }
}

export function trainTeam(
  target: BridgeTarget,
  config: MarcoConfig,
  { dataset }: TrainContext,
  rng: Rng,
): BridgeTraining<Turn> {
  const bridges = bridgeLearner(target, config)
  const agents = agentLearner(target, config)
  return {
    state: new Map([...tensorsUnder(bridges.state, 'bridges/'), ...tensorsUnder(agents.state, 'agents/')]),
    batches(epoch) {
      const own = rng.split('epoch', epoch)
      const turns = (of: Turn['of'], size: number, pass = 0) =>
        ratingBatches(target, dataset, size, own.split(of, pass)).map((rows) => ({ of, rows }))
      const passes = epoch === 1 ? config.warmUp : 0
      const warmUp = Array.from({ length: passes }, (_, pass) => turns('warm-up', config.batchSize, pass)).flat()
      const games = paysLists(config.reward)
        ? listBatches(target, dataset, config, own.split('lists')).map((rows) => ({ of: 'agents' as const, rows }))
        : turns('agents', config.turns)
      return [...warmUp, ...turns('bridges', config.batchSize), ...games]
    },
    step({ of, rows }, epoch, n) {
      if (of === 'agents') return agents.learn(rows, rng.split('play', epoch, n))
      return bridges.learn(rows, of === 'warm-up')
    },
    size: ({ rows }) => rows.user.length,
  }
}

/** Lowers the squared error of ratings by the bridges alone: under the weights of the agents, or hearing the loudest source. */
function bridgeLearner(target: BridgeTarget, config: MarcoConfig) {
  const { network, parameters, programs } = target
  const { item, rating } = ratingInputs(target)
  const scene = sceneOf(item, network.states as unknown as SourceStates)
  const optimizer = adam({ learningRate: config.learningRate, weightDecay: config.weightDecay })
  const stepUnder = (weights: Sym, key: string) =>
    gradientStep({
      loss: mean(square(subtract(sum(multiply(weights, scene.scores), 1), rating))),
      parameters: partOf(parameters, (name) => name.startsWith('bridge')),
      optimizer,
      programs,
      key: `${target.name}/${key}`,
    })
  const warmUp = stepUnder(loudest(scene), 'warm-up')
  const learned = stepUnder(stopGradient(weightsOf(weighingLogits(config, parameters, scene), scene.known)), 'bridges')
  const agents = partOf(parameters, isOfAgents).tensors
  return {
    state: optimizer.state,
    async learn(rows: RatingBatch, isWarmUp: boolean) {
      const feeds = { ...Object.fromEntries(agents), ...ratingFeeds(target, rows) }
      const { loss } = await (isWarmUp ? warmUp : learned).run(feeds)
      return { loss }
    },
  }
}

/** Plays rows as they are seen now, and learns from them in several passes. */
function agentLearner(target: BridgeTarget, config: MarcoConfig) {
  const { network, parameters, programs, factors } = target
  const states = network.states as unknown as SourceStates
  const D = states.known.shape[1] as number
  const seen = sceneOf(ratingInputs(target).item, states)
  const { means, values } = teamOf(config, parameters, seen)
  const own = partOf(parameters, isOfAgents)
  const { loss, outputs } = teamLoss(config, parameters, { width: factors.width, agents: D })
  const optimizer = adam({
    learningRate: config.agentLearningRate,
    epsilon: 1e-5,
    weightDecay: config.agentWeightDecay,
  })
  const step = gradientStep({ loss, parameters: own, optimizer, outputs, programs, key: `${target.name}/agents` })
  const deviation = own.tensors.get('actor/logDeviation')!.data
  const options = { reward: config.reward, credit: config.credit, shuffled: config.ablation === 'shuffled-reward' }
  return {
    state: step.state,
    async learn(batch: Turn['rows'], rng: Rng) {
      const acting = await programs.compile(
        { ...network.states, scores: seen.scores, means, values },
        `${target.name}/acting`,
      )
      const { feeds, beside } = ratingScene(target, batch)
      const shown = await runWith(acting, { ...Object.fromEntries(parameters.tensors), ...feeds })
      const [knownOf, scores, mu, expected] = [shown.known, shown.scores, shown.means, shown.values].map(floats)
      const ratings = floats(feeds.rating)
      const limits = Float32Array.from(beside, (told) => config.positiveAbove - told)
      const scenes = {
        agents: D,
        known: knownOf,
        scores,
        means: mu,
        values: expected,
        ratings,
        limits,
        lists: batch.lists,
      }
      const { rows, reward, actions, logProbabilities, advantages, returns } = play(scenes, deviation[0], options, rng)
      const shape = [batch.user.length, D]
      const told = {
        ...Object.fromEntries(Object.keys(states).map((name) => [name, shown[name]])),
        items: feeds.item,
        'played/actions': { shape, data: actions },
        'played/logProbabilities': { shape, data: logProbabilities },
        'played/advantages': { shape, data: advantages },
        'played/returns': { shape, data: returns },
        'played/values': { shape, data: expected },
      }
      const sums = { actor: 0, critic: 0, entropy: 0 }
      let steps = 0
      for (let pass = 0; pass < config.ppoEpochs; pass++) {
        const order = rng.split('pass', pass).shuffle(rows.slice())
        for (let start = 0; start < order.length; start += config.agentBatchSize) {
          const part = order.subarray(start, start + config.agentBatchSize)
          const { out } = await step.run(rowsOf(told, part))
          deviation[0] = Math.min(LOG_DEVIATIONS[1], Math.max(LOG_DEVIATIONS[0], deviation[0]))
          for (const name of ['actor', 'critic', 'entropy'] as const) sums[name] += floats(out[name])[0]
          steps++
        }
      }
      const per = Math.max(1, steps)
      return { reward, actor: sums.actor / per, critic: sums.critic / per, entropy: sums.entropy / per }
    },
  }
}

/** The loss of a scene and a game that are fed. */
export function teamLoss(
  config: MarcoConfig,
  parameters: Parameters,
  { width, agents: D, rows: B = 'B' }: { readonly width: number; readonly agents: number; readonly rows?: Dim },
) {
  const scene = sceneOf(input('items', [B, width]), {
    vectors: input('vectors', [B, D, width]),
    known: input('known', [B, D]),
    ...(config.agentRows && { rows: input('rows', [B, D]) }),
  })
  const played = (name: string) => input(`played/${name}`, [B, D])
  const game: Played = {
    actions: played('actions'),
    logProbabilities: played('logProbabilities'),
    advantages: played('advantages'),
    returns: played('returns'),
    values: played('values'),
  }
  return mappoLoss(teamOf(config, parameters, scene), game, {
    ...config,
    entropy: config.entropySign === 'penalty' ? config.entropy : -config.entropy,
    rewarded: config.ablation !== 'no-reward',
  })
}

const isOfAgents = (name: string) => name.startsWith('actor/') || name.startsWith('critic/')

const floats = ({ data }: Tensor) => data as Float32Array

function rowsOf(feeds: Feeds, rows: Int32Array): Feeds {
  return Object.fromEntries(Object.entries(feeds).map(([name, tensor]) => [name, rowsAt(tensor, rows)]))
}
