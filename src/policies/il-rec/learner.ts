import { type NamedTensors, tensorsUnder } from '../../core/index.ts'
import { emptyWindows, sliceWindows, type Windows } from '../../families/acting/index.ts'
import { drawColumn } from '../../families/actor-critic/index.ts'
import type { Rng } from '../../math/index.ts'
import type { BelievedEnvironment } from '../../rl/index.ts'
import { createSimulator } from '../../rl/index.ts'
import * as t from '../../tensor/index.ts'
import { type Programs, release } from '../../tensor/index.ts'
import { actingState } from './acting-state.ts'
import { createCritic } from './critic.ts'
import { createDemonstratedValues } from './demonstrated-values.ts'
import { createDiscriminator } from './discriminator.ts'
import { evaluatedStates, type PairFeatures } from './features.ts'
import type { IlRecNetwork } from './network.ts'
import type { IlRecConfig } from './options.ts'
import { createPolicyStep } from './policy-step.ts'
import { createReplay, type Drawn } from './replay.ts'
import { createSteps, discountedReturns, type Shown, type Steps } from './steps.ts'
import { createWeighing, type Weighing } from './weighing.ts'

export interface LearnerParts {
  readonly network: IlRecNetwork
  readonly environment: BelievedEnvironment
  readonly demonstrated: Steps
  readonly features: PairFeatures
  /** What rewards are divided by. */
  readonly unit: number
  readonly rng: Rng
  readonly programs: Programs
  /** Own steps of a checkpoint. */
  readonly kept?: NamedTensors | undefined
}

export interface Learner {
  /** Estimates what is expected of demonstrations, before anything is learned. */
  begin(): Promise<void>
  /** Episode e, from 0 on, and what is learned after it. */
  episode(e: number): Promise<Readonly<Record<string, number>>>
  /** After a checkpoint was read into `state()`. */
  resumed(): void
  /** All that changes besides the network's weights. */
  state(): NamedTensors
  readonly weighing: Weighing
}

/** One iteration is one episode: it acts, remembers, weighs demonstrations now and then, and corrects critic and policy. */
export function createLearner(config: IlRecConfig, parts: LearnerParts): Learner {
  const { network, environment, demonstrated, features, unit, rng, programs } = parts
  const { items, users } = environment.rewards
  const A = items.length
  const shown: Shown = { items, unit, window: network.window }
  const own = createSteps(parts.kept)
  const statesOf = evaluatedStates(network, programs)
  const critic = createCritic(config, A, rng.split('critic'), programs)
  const policy = createPolicyStep(config, network, critic, programs)
  const discriminator = createDiscriminator(config, features.width, rng.split('discriminator'), programs)
  const sizes = { width: network.width, pairWidth: features.width }
  const values = createDemonstratedValues(config, sizes, rng.split('demonstrated'), programs)
  const weighing = createWeighing(demonstrated.size, config)
  const advantages = new Float32Array(demonstrated.size)
  const replay = createReplay(demonstrated.size, config.ownPriority, config.ownChance ?? undefined)
  const simulator = createSimulator(environment, {
    mode: config.repeats ? 'free' : 'noRepeat',
    slots: 1,
    seed: rng.split('episodes').uint32(),
    users: 'in-turn',
  })
  const stateOf = actingState(network, config)
  const acting = { probabilities: t.softmax(network.act(t.input('actingState', [1, network.width]))) }

  /** π(a | s). [A] */
  const chancesOf = async (state: Float32Array) => {
    const program = await programs.compile(acting, 'acting')
    const actingState = { shape: [1, network.width], data: state }
    const out = await t.runWith(program, { ...Object.fromEntries(network.parameters.tensors), actingState })
    return out.probabilities.data as Float32Array
  }

  /** Windows of records, before their step and, behind these, after it. */
  const windowsOf = (records: readonly Drawn[], times: readonly ('before' | 'after')[]): Windows => {
    const windows = emptyWindows(records.length * times.length, network.window)
    for (const [w, when] of times.entries())
      for (const [i, { own: isOwn, place }] of records.entries()) {
        const steps = isOwn ? own : demonstrated
        const at = w * records.length + i
        steps.window(place, when, windows, at, shown)
        windows.users[at] = network.userRows === 0 ? 0 : users[steps.user(place)] + 1
      }
    return windows
  }
  const stepsOf = ({ own: isOwn }: Drawn) => (isOwn ? own : demonstrated)
  const columnsOf = (records: readonly Drawn[]) => Int32Array.from(records, (r) => stepsOf(r).column(r.place))
  const weightsOf = (records: readonly Drawn[]) =>
    Float32Array.from(records, ({ own: isOwn, place }) => (isOwn ? 1 : weighing.together[place]))

  /** Features of pairs as they are now, with nothing dropped. */
  const pairsOf = async (records: readonly Drawn[]) => {
    const windows = windowsOf(records, ['before'])
    const states = await statesOf(windows)
    const taken = columnsOf(records).map((column) => items[column])
    return { states, pairs: features.of(windows, states, taken) }
  }

  const play = async (e: number) => {
    const drawn = rng.split('acting', e)
    simulator.start(0, e)
    const [row, rewards, columns] = [simulator.rows[0], simulator.rewards, simulator.columns]
    const windows = emptyWindows(1, network.window)
    windows.users[0] = network.userRows === 0 ? 0 : users[row] + 1
    const choice = new Int32Array(1)
    const first = own.size
    let surprise = 0
    for (let turn = 0; simulator.active[0] === 1; turn++) {
      windowOf(windows, turn, columns, rewards, shown)
      const probabilities = await chancesOf(stateOf(windows, 0, drawn))
      let left = 1
      if (!config.repeats)
        for (const column of columns.subarray(0, turn)) {
          left -= probabilities[column]
          probabilities[column] = 0
        }
      choice[0] = drawColumn(probabilities, 0, A, drawn.float() * left)
      surprise -= Math.log(probabilities[choice[0]] / left)
      release(probabilities)
      simulator.step(choice)
      const last = !simulator.active.includes(1)
      own.push({ user: row, column: choice[0], reward: rewards[turn], turn, last })
    }
    const turns = own.size - first
    const paid = rewards.subarray(0, turns).reduce((sum, reward) => sum + reward, 0)
    return { first, turns, figures: { return: paid, length: turns, entropy: surprise / turns } }
  }

  /** Demonstrations in the order of the file, again and again. */
  const underCursor = (e: number): Int32Array =>
    Int32Array.from(
      { length: Math.min(config.demonstrationBatch, demonstrated.size) },
      (_, i) => (e * config.demonstrationBatch + i) % demonstrated.size,
    )
  const asRecords = (places: Iterable<number>, isOwn: boolean): Drawn[] =>
    Array.from(places, (place) => ({ own: isOwn, place }))

  const discriminate = async (e: number, first: number) => {
    const drawn = rng.split('discriminator', e)
    let loss = 0
    for (let s = 0; s < config.discriminatorSteps; s++) {
      const whole = config.weighs === 'cursor'
      const shownDemonstrations = whole
        ? underCursor(e)
        : Int32Array.from({ length: config.demonstrationBatch }, () => drawn.below(demonstrated.size))
      const oldest = whole ? first : Math.max(0, own.size - config.demonstrationBatch)
      const mine = Array.from({ length: own.size - oldest }, (_, i) => oldest + i)
      const demonstratedPairs = await pairsOf(asRecords(shownDemonstrations, false))
      const ownPairs = await pairsOf(asRecords(mine, true))
      loss = await discriminator.learn(demonstratedPairs.pairs, ownPairs.pairs)
    }
    return { discriminator: loss }
  }

  const everyDemonstration = Int32Array.from({ length: demonstrated.size }, (_, place) => place)
  const returns = discountedReturns(demonstrated, config.gamma)
  /** A_demo of all, by networks of their own, or against what the policy is expected to earn from there. */
  const estimate = async () => {
    const all = await pairsOf(asRecords(everyDemonstration, false))
    if (config.advantage === 'fitted')
      advantages.set(await values.advantages(all.states, all.pairs, returns, config.demonstrationSteps))
    else {
      const expected = await critic.levels(all.states)
      for (const [i, level] of expected.entries()) advantages[i] = returns[i] - level
    }
  }

  const weigh = async (e: number) => {
    if (config.advantage === 'critic' || (config.refit && e > 0)) await estimate()
    const group = config.weighs === 'cursor' ? underCursor(e) : everyDemonstration
    const { pairs } = await pairsOf(asRecords(group, false))
    weighing.weigh(
      group,
      Float32Array.from(group, (place) => advantages[place]),
      await discriminator.chances(pairs),
    )
    resumed()
  }
  const resumed = () => {
    for (const [place, weight] of weighing.together.entries()) replay.weigh(place, weight)
  }

  /** r, and what the discriminator adds to it: η (−log D). */
  const rewardsOf = async (records: readonly Drawn[]) => {
    const rewards = Float32Array.from(records, (r) => stepsOf(r).reward(r.place))
    if (config.eta === 0 || demonstrated.size === 0) return rewards
    const { pairs } = await pairsOf(records)
    const chances = await discriminator.chances(pairs)
    return rewards.map((reward, i) => reward - config.eta * Math.log(Math.max(chances[i], 1e-8)))
  }

  const correctCritic = async (drawn: Rng) => {
    const records = replay.draw(config.batchSize, own.size, drawn)
    const B = records.length
    const both = windowsOf(records, ['before', 'after'])
    const states = await policy.states(both, drawn.split('dropout'))
    return await critic.learn({
      states: states.subarray(0, B * network.width),
      next: states.subarray(B * network.width),
      actions: columnsOf(records),
      rewards: await rewardsOf(records),
      discounts: Float32Array.from(records, (r) => (stepsOf(r).last(r.place) ? 0 : config.gamma)),
      weights: weightsOf(records),
    })
  }

  const correctPolicy = async (drawn: Rng) => {
    const records = replay.draw(config.batchSize, own.size, drawn)
    const turns = {
      windows: windowsOf(records, ['before']),
      actions: columnsOf(records),
      demonstrated: Float32Array.from(records, ({ own: isOwn }) => (isOwn ? 0 : 1)),
      weights: weightsOf(records),
    }
    return await policy.learn(turns, drawn.split('dropout'))
  }

  return {
    weighing,
    begin: async () => {
      if (demonstrated.size > 0) await estimate()
    },
    async episode(e) {
      const { first, figures } = await play(e)
      const judged = demonstrated.size > 0 && e % config.discriminatorEvery === 0 ? await discriminate(e, first) : {}
      if (demonstrated.size > 0 && e % config.weighEvery === 0) await weigh(e)
      let losses: Readonly<Record<string, number>> = {}
      for (let u = 0; u < config.updates; u++) {
        const criticLoss = await correctCritic(rng.split('critic batch', e, u))
        losses = { critic: criticLoss, ...(await correctPolicy(rng.split('policy batch', e, u))) }
      }
      return { ...losses, ...figures, ...judged, ownShare: replay.ownShare(own.size) }
    },
    resumed,
    state: () =>
      new Map([
        ...tensorsUnder(policy.state, 'policy/'),
        ...tensorsUnder(critic.state, 'critic/'),
        ...tensorsUnder(discriminator.state, 'discriminator/'),
        ...tensorsUnder(values.state, 'demonstrated/'),
        ...tensorsUnder(weighing.tensors, 'weighing/'),
        ...tensorsUnder(own.tensors(), 'own/'),
        ['advantages', { shape: [advantages.length], data: advantages }] as const,
      ]),
  }
}

/** The last turns of the episode that is being played. */
function windowOf(
  windows: Windows,
  turns: number,
  columns: Int32Array,
  rewards: Float32Array,
  { items, unit, window }: Shown,
): void {
  const one = sliceWindows(windows, window, 0, 1)
  const kept = Math.min(turns, window)
  one.items.fill(0)
  one.rewards.fill(0)
  for (let back = 1; back <= kept; back++) {
    one.items[window - back] = items[columns[turns - back]]
    one.rewards[window - back] = rewards[turns - back] / unit
  }
}
