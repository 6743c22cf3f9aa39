import { z } from 'zod'
import { type Dataset, defineModel, type ModelContext } from '../../../core/index.ts'
import { objectiveOptions, singleDomainTwins, trainingOptions } from '../../../families/ranking/index.ts'
import {
  attributeFeeds,
  attributeVectors,
  createSequenceModel,
  headsDivideWidth,
  itemAttributes,
  sequenceOptions,
} from '../../../families/sequence/index.ts'
import { causalMask, linear, type Parameters, xavierUniform } from '../../../nn/index.ts'
import { add, concat, multiply, type Sym } from '../../../tensor/index.ts'
import { type Carca, distances, encode } from './network.ts'
import { scoreCandidates } from './score.ts'
import { trainCarca } from './train.ts'

const { maxLength, initialization, sequences, ask } = sequenceOptions()

const config = z
  .object({
    width: z.int().min(1).default(64).describe('d, the width of embeddings and states'),
    layers: z.int().min(1).default(2).describe('self-attention blocks over the profile'),
    heads: z.int().min(1).default(2).describe('attention heads; must divide the width'),
    dropout: z.number().min(0).max(0.99).default(0.3).describe('dropout of embeddings and of the blocks'),
    maxLength,
    initialization,
    sequences,
    ask,
    ...objectiveOptions({ loss: 'sampled-softmax' }),
    ...trainingOptions({ learningRate: 0.001 }),
  })
  .refine(...headsDivideWidth())

export type Config = z.output<typeof config>

// Weights: `items` [V, d]; `attributes/<field>` [labels, d]; `joint/{weight,bias}`; per block `block{i}/` the projections
// {query,key,value}, `inner`, `outer`, `norm{1,2}` and `recency` [maxLength, heads]; `norm`; of candidates `cross/` the same
// projections and `recency`, and `score` [d, 1].
function create(config: Config, dataset: Dataset, context: ModelContext): Carca {
  const { width } = config
  const fields = itemAttributes(dataset)
  /** Eq. 1–2: the item's own vector and what is known of it, in one. */
  const jointOf = (parameters: Parameters) => (rows: Sym, asked: string) => {
    const known = attributeVectors(parameters, fields, width, asked, rows.shape.slice(0, -1))
    const both = concat([multiply(rows, Math.sqrt(width)), known.reduce((a, b) => add(a, b))], rows.shape.length - 1)
    return linear(parameters, 'joint', both, [2 * width, width], xavierUniform(2 * width, width))
  }
  const named = { name: 'carca', itemDeviation: 0.1 }
  const model = createSequenceModel(named, config, dataset, context, (parameters) => ({
    encode: (inputs) => encode(config, parameters, inputs, jointOf(parameters)(inputs.rows, 'history')),
    feeds: ({ size, length, items }) => ({
      causal: { shape: [length, length], data: causalMask(length) },
      back: { shape: [length, length], data: distances(length) },
      ...attributeFeeds(fields, 'history', items, [size, length]),
    }),
  }))
  const whole: Carca = { ...model, fields, joint: jointOf(model.parameters) }
  return { ...whole, can: {}, score: scoreCandidates(whole, config, dataset) }
}

export const carca = defineModel({
  name: 'carca',
  task: 'ranking',
  summary: 'each candidate attends to the history, both with what is known of the items',
  paper: {
    title: 'Context and Attribute-Aware Sequential Recommendation via Cross-Attention',
    year: 2022,
    venue: 'RecSys',
  },
  config,
  ...singleDomainTwins(create, trainCarca),
})
