import { z } from 'zod'
import { objectiveOptions, trainingOptions } from '../../families/ranking/index.ts'
import {
  batchesOfFewLengths,
  crossDomainStep,
  type DomainInputs,
  defineCrossDomainModel,
  eachLength,
  overPlaces,
  parallelGru,
  parallelLinear,
  sequenceOptions,
  trainOnSequences,
} from '../../families/sequence/index.ts'
import { type Parameters, uniform } from '../../nn/index.ts'
import {
  add,
  concat,
  type Dim,
  gather,
  matmul,
  mean,
  multiply,
  reshape,
  type Sym,
  sigmoid,
  slice,
  subtract,
  sum,
  tanh,
  transpose,
} from '../../tensor/index.ts'

const { maxLength, initialization } = sequenceOptions()

const config = z.object({
  width: z.int().min(1).default(64).describe('d, the width of item embeddings'),
  hidden: z.int().min(1).default(64).describe('h, the width of all recurrent states and of members'),
  members: z.int().min(1).default(4).describe('K, latent users of an account, whose behaviors are told apart'),
  dropout: z
    .number()
    .min(0)
    .max(0.99)
    .default(0.3)
    .describe('dropout of the input embeddings and of the joined states'),
  maxLength,
  initialization,
  ...objectiveOptions({ loss: 'softmax' }),
  ...trainingOptions({ learningRate: 0.003 }),
})

type Config = z.output<typeof config>

// Weights, each with a leading axis of D domains: `encoder` and `transfer`, recurrent units; of the filter `filter/gate/{source,target}`,
// `filter/candidate`, `filter/state` [h, 2h] and `filter/members` [K, h] with their maps `filter/{gate,candidate}/members`;
// `output` [2h, d]. `items` [V, d].

/** What a domain's users did elsewhere, told apart by member and filtered by what the domain knows: [D, B, T, h]. */
function filter(config: Config, parameters: Parameters, source: Sym, own: Sym, moves: Sym): Sym {
  const { hidden: h, members: K } = config
  const [D, B] = moves.shape as [number, Dim]
  const initializer = uniform(1 / Math.sqrt(h))
  const members = parameters.declare('filter/members', [D, K, h], initializer)
  const ofMembers = (name: string) =>
    reshape(matmul(members, parameters.declare(`filter/${name}/members`, [D, h, h], initializer)), [D, 1, K, h])
  const gateOf = ofMembers('gate')
  const candidateOf = ofMembers('candidate')
  const gate = add(
    parallelLinear(parameters, 'filter/gate/source', source, [D, h, h]),
    parallelLinear(parameters, 'filter/gate/target', own, [D, h, h], false),
  )
  const candidate = parallelLinear(parameters, 'filter/candidate', source, [D, h, h])
  const weight = parameters.declare('filter/state', [D, h, 2 * h], initializer)
  return overPlaces(concat([gate, candidate], 3), moves, h, (read, state) => {
    const sums = add(read, matmul(state, weight)) // [D, B, 2h]
    const part = (i: number) => reshape(slice(sums, 2, i * h, (i + 1) * h), [D, B, 1, h])
    const f = sigmoid(add(part(0), gateOf)) // [D, B, K, h]
    const fresh = tanh(add(part(1), candidateOf))
    return mean(add(fresh, multiply(f, subtract(reshape(state, [D, B, 1, h]), fresh))), 2) // of f s + (1 − f) s̃ over members
  })
}

/** The states asked for, [A, d]. */
function encode(config: Config, parameters: Parameters, { rows, keep, domains, dropout, asked }: DomainInputs): Sym {
  const { width, hidden: h } = config
  const [B, T, D] = domains.shape as [Dim, number, number]
  const own = transpose(domains, [2, 0, 1]) // [D, B, T]
  const elsewhere = subtract(reshape(keep, [1, B, T]), own)
  const x = reshape(dropout.apply('embedding', rows), [1, B, T, width])
  const states = parallelGru(parameters, 'encoder', x, own, h) // [D, B, T, h]
  // The state that the event at each place has just made, in whatever domain it is.
  const source = sum(multiply(states, reshape(own, [D, B, T, 1])), 0, { keepDims: true }) // [1, B, T, h]
  const filtered = filter(config, parameters, source, states, elsewhere)
  const transferred = parallelGru(parameters, 'transfer', filtered, elsewhere, h)
  const joined = dropout.apply('joined', concat([transferred, states], 3)) // [D, B, T, 2h]
  const answers = parallelLinear(parameters, 'output', joined, [D, 2 * h, width])
  return gather(reshape(answers, [-1, width]), asked.cell)
}

export const piNet = defineCrossDomainModel({
  name: 'pi-net',
  summary: 'a recurrent unit a domain, and one that carries over what was filtered from the events elsewhere',
  paper: {
    title: 'π-Net: A Parallel Information-sharing Network for Shared-account Cross-domain Sequential Recommendations',
    year: 2019,
    venue: 'SIGIR',
  },
  config,
  itemDeviation: 0.1,
  encoder: (config, parameters) => ({ encode: (inputs) => encode(config, parameters, inputs), graphs: eachLength }),
  train: (model, config, context) =>
    trainOnSequences(model, config, context, batchesOfFewLengths, crossDomainStep(model, config, context)),
})
