import type { output } from 'zod'
import { z } from 'zod'
import { demonstrationOptions, type PlayedTurns, playedTurns, takeWindows } from '../families/acting/index.ts'
import { a2cOptions, defineActorCritic, type ShaperContext } from '../families/actor-critic/index.ts'
import { createRng, takeRows } from '../math/index.ts'
import { adam, binaryCrossEntropy, createParameters, gradientStep, linear, xavierUniform } from '../nn/index.ts'
import { demonstrationSegments, type RewardShaper } from '../rl/index.ts'
import { concat, createPrograms, input, mean, relu, reshape, runWith } from '../tensor/index.ts'

const { rewardShift: _, ...options } = a2cOptions()
const FORMS = ['survive', 'penalize', 'logit'] as const
type Form = (typeof FORMS)[number]

const config = z.object({
  ...options,
  ...demonstrationOptions('log'),
  form: z
    .enum(FORMS)
    .default('survive')
    .describe(
      'what a turn pays, with D the probability that it was demonstrated: −log(1 − D), which is never negative, log D, which is never positive, or their sum',
    ),
  discriminatorHidden: z.int().min(1).default(32).describe('units of the discriminator'),
  discriminatorRate: z.number().positive().default(0.001).describe('learning rate of the discriminator'),
  discriminatorSteps: z.int().min(1).default(5).describe('its updates after each update of the policy'),
  discriminatorBatch: z
    .int()
    .min(1)
    .default(64)
    .describe('demonstrations in each of them, beside as many turns of the policy'),
})

type GailConfig = output<typeof config>

/** What a turn pays by ℓ = log (D / (1 − D)). */
export function imitationReward(form: Form, logit: number): number {
  const softplus = (x: number) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)))
  if (form === 'survive') return softplus(logit) // −log(1 − D)
  return form === 'penalize' ? -softplus(-logit) : logit // log D
}

/** States and the vectors of the items that were taken in them, row by row. */
interface Taken {
  readonly states: Float32Array
  readonly vectors: Float32Array
}

/** Tells demonstrations from the policy's own turns, by what the policy makes of each state and its vector of the item. */
function createDiscriminator(
  { discriminatorHidden: hidden, discriminatorRate: learningRate }: GailConfig,
  { stateWidth, recommender, seed, threads }: Pick<ShaperContext, 'stateWidth' | 'recommender' | 'seed' | 'threads'>,
) {
  const { width } = recommender.items
  const parameters = createParameters(createRng(seed).split('gail'))
  const programs = createPrograms({ threads })
  const x = concat([input('states', ['B', stateWidth]), input('vectors', ['B', width])], 1)
  const shapes = [
    [stateWidth + width, hidden],
    [hidden, 1],
  ] as const
  const inner = relu(linear(parameters, 'inner', x, shapes[0], xavierUniform(...shapes[0])))
  const logits = reshape(linear(parameters, 'outer', inner, shapes[1], xavierUniform(...shapes[1])), ['B']) // log D / (1 − D)
  const update = gradientStep({
    loss: mean(binaryCrossEntropy(logits, input('demonstrated', ['B']))),
    parameters,
    optimizer: adam({ learningRate }),
    programs,
  })
  const feedsOf = ({ states, vectors }: Taken) => {
    const size = vectors.length / width
    return { states: { shape: [size, stateWidth], data: states }, vectors: { shape: [size, width], data: vectors } }
  }
  return {
    tensors: new Map([...parameters.tensors, ...update.state]),
    async logits(taken: Taken) {
      const program = await programs.compile({ logits }, 'paying')
      return (await runWith(program, { ...Object.fromEntries(parameters.tensors), ...feedsOf(taken) })).logits
        .data as Float32Array
    },
    /** One update; returns the loss. */
    async learn(taken: Taken, demonstrated: Float32Array) {
      const labels = { shape: [demonstrated.length], data: demonstrated }
      return (await update.run({ ...feedsOf(taken), demonstrated: labels })).loss
    },
    dispose: () => programs.dispose(),
  }
}

/** Demonstrations as the policy would see them in the believed world, which also says what they paid there. */
async function shownTurns(config: GailConfig, context: ShaperContext): Promise<PlayedTurns> {
  const { world, space, recommender, scale } = context
  const shown = await context.demonstrations(config.demonstrations)
  const rowOf = new Map(Array.from(space.users, (user, row) => [user, row]))
  const columnOf = new Map(Array.from(space.items, (item, column) => [item, column]))
  const rewards = shown.rewards.map((reward, i) => {
    const row = rowOf.get(shown.users[i])
    return row === undefined ? reward : world.rewards.at(row, columnOf.get(shown.items[i])!)
  })
  const starts = demonstrationSegments(shown)
  return playedTurns({ ...shown, rewards, starts }, space, recommender, scale, { gamma: 0, steps: 1 })
}

/** Pays what cannot be told from demonstrations, and learns to tell after each update of the policy. */
async function imitationShaper(config: GailConfig, context: ShaperContext): Promise<RewardShaper> {
  const { form, discriminatorSteps, discriminatorBatch } = config
  const { world, space, recommender: network, stateWidth, seed, threads } = context
  const shown = await shownTurns(config, context)
  const discriminator = createDiscriminator(config, context)
  const programs = createPrograms({ threads })
  const seeing = await programs.compile({ state: network.build().state })
  const { width } = network.items
  const vectorsOf = (columns: Int32Array) => {
    const vectors = new Float32Array(columns.length * width)
    for (const [i, column] of columns.entries()) {
      const item = space.items[column]
      vectors.set(network.items.range(item, item + 1).data, i * width)
    }
    return vectors
  }
  /** Of the last collection. */
  let own: Taken[] = []
  let collection = 0
  return {
    believed: world.rewards,
    tensors: discriminator.tensors,
    async pay(turns) {
      if (turns.collection !== collection) own = []
      collection = turns.collection
      const { slots, columns, simulator } = turns
      const taken = { states: turns.states.slice(), vectors: vectorsOf(columns) }
      own.push(taken)
      const logits = await discriminator.logits(taken)
      return {
        rewards: logits.map((logit) => imitationReward(form, logit)),
        observed: Float32Array.from(slots, (slot, i) => world.rewards.at(simulator.rows[slot], columns[i])),
      }
    },
    async learn() {
      const rng = createRng(seed).split('gail', 'discriminator', collection)
      const states = joined(own.map((taken) => taken.states))
      const vectors = joined(own.map((taken) => taken.vectors))
      const size = vectors.length / width
      const drawn = (count: number) => Int32Array.from({ length: discriminatorBatch }, () => rng.below(count))
      const demonstrated = Float32Array.from({ length: 2 * discriminatorBatch }, (_, i) =>
        Number(i < discriminatorBatch),
      )
      let loss = 0
      for (let step = 0; step < discriminatorSteps; step++) {
        const theirs = drawn(shown.size)
        const mine = drawn(size)
        const { state } = await network.run(seeing, takeWindows(shown.windows, network.window, theirs))
        const batch = {
          states: joined([state.data as Float32Array, takeRows(states, stateWidth, mine)]),
          vectors: joined([vectorsOf(takeRows(shown.actions, 1, theirs)), takeRows(vectors, width, mine)]),
        }
        loss += (await discriminator.learn(batch, demonstrated)) / discriminatorSteps
      }
      return { discriminator: loss }
    },
    async dispose() {
      await discriminator.dispose()
      await programs.dispose()
    },
  }
}

function joined(parts: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}

export const gail = defineActorCritic({
  name: 'gail',
  summary: 'learns in the world model to act as demonstrations do, paid by a discriminator that cannot tell them apart',
  paper: { title: 'Generative Adversarial Imitation Learning', year: 2016, venue: 'NIPS' },
  config,
  shaper: imitationShaper,
})
