import { z } from 'zod'
import type { Dataset, TrainContext } from '../../core/index.ts'
import {
  type BridgeTarget,
  type BridgeTraining,
  bridgeOptions,
  defineBridgeModel,
  itemRows,
  knownMean,
  ownVectors,
  type SourceInputs,
} from '../../families/bridges/index.ts'
import { inBatches, type Rng } from '../../math/index.ts'
import { adam, fanInUniform, gradientStep, linear, type Parameters } from '../../nn/index.ts'
import * as t from '../../tensor/index.ts'
import { type Dim, input, type Sym } from '../../tensor/index.ts'

const config = z.object({
  hidden: z.int().min(1).default(64).describe('hidden units of each of the two inner layers of a map'),
  unsupervised: z
    .number()
    .min(0)
    .default(0.1)
    .describe('λ, how much the distances of items to users count beside those of users to themselves'),
  margin: z.number().positive().default(0.1).describe('how much nearer an item of a user must come than another one'),
  neighbors: z
    .number()
    .min(0)
    .max(1)
    .default(0.3)
    .describe('how much what a user liked counts in the vector of who is new, beside the vector of the user'),
  ...bridgeOptions({ batchSize: 64 }),
})

type Config = z.output<typeof config>

/** f(x), two inner layers with tanh. [..., n] → [..., n] */
function mapped(parameters: Parameters, name: string, x: Sym, hidden: number): Sym {
  const width = x.shape.at(-1) as number
  const first = t.tanh(linear(parameters, `${name}/layer0`, x, [width, hidden], fanInUniform(width)))
  const second = t.tanh(linear(parameters, `${name}/layer1`, first, [hidden, hidden], fanInUniform(hidden)))
  return linear(parameters, `${name}/layer2`, second, [hidden, width], fanInUniform(hidden))
}

/** x where it lies in the unit ball, else its direction. [B, n] */
export function withinBall(x: Sym): Sym {
  return t.divide(x, t.maximum(t.sqrt(t.sum(t.square(x), 1, { keepDims: true })), 1))
}

/** [‖u − v⁺‖² − ‖u − v⁻‖² + margin]₊ of points in the unit ball. [B] */
export function triplet(user: Sym, near: Sym, far: Sym, margin: number): Sym {
  const distance = (item: Sym) => t.sum(t.square(t.subtract(withinBall(user), withinBall(item))), 1)
  return t.relu(t.add(t.subtract(distance(near), distance(far)), margin))
}

/** û = (1 − β) f(u) + β mean f(v) over what the user liked; f(u) of who liked nothing. [B, n] */
export function inferred(
  { hidden, neighbors }: Pick<Config, 'hidden' | 'neighbors'>,
  parameters: Parameters,
  source: Pick<SourceInputs, 'name' | 'vector' | 'behaviors'>,
): Sym {
  const own = mapped(parameters, source.name, source.vector, hidden)
  if (neighbors === 0) return own
  const { items, keep } = source.behaviors()
  const [B, T] = keep.shape as [Dim, Dim]
  const around = t.multiply(mapped(parameters, source.name, items, hidden), t.reshape(keep, [B, T, 1]))
  const count = t.sum(keep, 1, { keepDims: true }) // [B, 1]
  const mean = t.divide(t.sum(around, 1), t.maximum(count, 1)) // [B, n]
  const share = t.multiply(t.minimum(count, 1), neighbors)
  return t.add(own, t.multiply(share, t.subtract(mean, own)))
}

/** Of a source, the mean of ‖f(u) − u_t‖² + λ triplet(u_t, f(v⁺), f(v⁻)) over the users whom it knows; `told` is 0 where there are no v⁺ and v⁻. */
export function sourceLoss(
  { hidden, unsupervised, margin }: Pick<Config, 'hidden' | 'unsupervised' | 'margin'>,
  parameters: Parameters,
  { name, vector, known }: Pick<SourceInputs, 'name' | 'vector' | 'known'>,
  { own, liked, others, told }: Readonly<Record<'own' | 'liked' | 'others' | 'told', Sym>>,
): Sym {
  const of = (x: Sym) => mapped(parameters, name, x, hidden)
  const mask = t.reshape(known, [known.shape[0]])
  const supervised = t.sum(t.multiply(t.sum(t.square(t.subtract(of(vector), own)), 1), mask))
  const apart = t.sum(t.multiply(triplet(own, of(liked), of(others), margin), t.multiply(mask, told)))
  return t.divide(t.add(supervised, t.multiply(apart, unsupervised)), t.maximum(t.sum(mask), 1))
}

/** Of a source, an item that a user liked and one without a row of the user; undefined where there is none. */
function drawnPair(
  { factors }: BridgeTarget,
  { log }: Dataset,
  { domain, user, positiveAbove }: { readonly domain: number; readonly user: number; readonly positiveAbove: number },
  rng: Rng,
): readonly [liked: number, other: number] | undefined {
  const rows = factors.trained(domain, user)?.rows ?? new Int32Array(0)
  const liked = rows.filter((row) => log.value![row] > positiveAbove)
  const own = new Set(rows.map((row) => log.item[row]))
  const all = factors.domains[domain]?.rows ?? new Int32Array(0)
  if (liked.length === 0) return undefined
  // By rows, so that what is drawn has been rated; a user who rated nearly all of it is left out.
  for (let attempt = 0; attempt < 20; attempt++) {
    const other = log.item[all[rng.below(all.length)]]
    if (!own.has(other)) return [log.item[liked[rng.below(liked.length)]], other]
  }
  return undefined
}

function trainSemiSupervised(
  target: BridgeTarget,
  config: Config,
  { dataset }: TrainContext,
  rng: Rng,
): BridgeTraining<Int32Array> {
  const { factors, parameters, programs, inputs } = target
  const { sources } = inputs
  const { width } = factors
  const point = (name: string) => input(name, ['B', width])
  const own = point('own')
  const losses = sources.map((source, s) =>
    sourceLoss(config, parameters, source, {
      own,
      liked: point(`liked${s}`),
      others: point(`others${s}`),
      told: input(`told${s}`, ['B']),
    }),
  )
  const step = gradientStep({
    loss: losses.reduce((a, b) => t.add(a, b)),
    parameters,
    optimizer: adam({ learningRate: config.learningRate, weightDecay: config.weightDecay }),
    programs,
    key: `${target.name}/semi-supervised`,
  })
  const users = Int32Array.from(new Set(target.rows.map((row) => dataset.log.user[row])))
  return {
    state: step.state,
    batches: (epoch) => inBatches(rng.split('epoch', epoch).shuffle(users.slice()), config.batchSize),
    async step(batch, epoch, n) {
      const draw = rng.split('pairs', epoch, n)
      const pairs = sources.map(({ domain }, s) => {
        const of = Array.from(batch, (user) =>
          drawnPair(target, dataset, { domain, user, positiveAbove: config.positiveAbove }, draw.split(s, user)),
        )
        // Where there is no pair the first item stands in, and does not count.
        const items = (i: 0 | 1) =>
          itemRows(
            factors,
            Int32Array.from(of, (pair) => pair?.[i] ?? 1),
          )
        return [
          [`liked${s}`, items(0)],
          [`others${s}`, items(1)],
          [`told${s}`, { shape: [batch.length], data: Float32Array.from(of, (pair) => (pair === undefined ? 0 : 1)) }],
        ] as const
      })
      const { loss } = await step.run({
        ...inputs.feeds(Array.from(batch, (user) => target.personOf({ user }))),
        ...Object.fromEntries(pairs.flat()),
        own: ownVectors(target, batch),
      })
      return { loss }
    },
    size: ({ length }) => length,
  }
}

export const sscdr = defineBridgeModel({
  name: 'sscdr',
  summary:
    'maps users and what they liked from each source to near where they are in the target; who is new is where both lead',
  paper: {
    title: 'Semi-Supervised Learning for Cross-Domain Recommendation to Cold-Start Users',
    year: 2019,
    venue: 'CIKM',
  },
  config,
  network: (config, parameters, { sources }) => ({
    states: {
      vector: knownMean(
        sources.map((source) => inferred(config, parameters, source)),
        sources,
      ),
    },
  }),
  training: trainSemiSupervised,
})
