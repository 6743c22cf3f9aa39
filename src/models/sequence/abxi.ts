import { z } from 'zod'
import { sequenceBatches } from '../../data/index.ts'
import { objectiveOptions, trainingOptions } from '../../families/ranking/index.ts'
import {
  crossDomainStep,
  type DomainInputs,
  defineCrossDomainModel,
  headsDivideWidth,
  lastOfAsked,
  sequenceOptions,
  trainOnSequences,
} from '../../families/sequence/index.ts'
import {
  causalMask,
  type Dropout,
  layerNorm,
  normal,
  ones,
  type Parameters,
  paddedCausalMask,
  positionRows,
  selfAttention,
  zeros,
} from '../../nn/index.ts'
import {
  add,
  cast,
  expand,
  gather,
  greater,
  input,
  matmul,
  multiply,
  normalize,
  reshape,
  type Sym,
  sigmoid,
} from '../../tensor/index.ts'

const { maxLength, initialization } = sequenceOptions()

const config = z
  .object({
    width: z.int().min(1).default(64).describe('d, the width of embeddings and states'),
    heads: z.int().min(1).default(2).describe('attention heads; must divide the width'),
    inner: z.int().min(1).default(172).describe('width inside the gated feed-forward networks; the code has 8 d / 3'),
    domainRank: z.int().min(1).default(8).describe('rank of the adapters of sequences: the mixed one, and each domain'),
    invariantRank: z.int().min(1).default(8).describe('rank of the adapters that bring the mixed sequence to a domain'),
    dropout: z.number().min(0).max(0.99).default(0.5).describe('dropout of embeddings and of what is added to them'),
    maxLength,
    initialization,
    ...objectiveOptions({ loss: 'softmax' }),
    ...trainingOptions({ learningRate: 0.001 }),
  })
  .refine(...headsDivideWidth())

type Config = z.output<typeof config>

const DEVIATION = 0.02
const EPSILON = 1e-5
const WHOLE: Dropout = { apply: (_, x) => x, masks: () => ({}) }

// Weights: `items` [V, d]; of the encoder of all sequences `positions` [maxLength, d], counted from the right end, `attention/` with its norm,
// and the gated network `shared/`; of the mixed one `mixed/{down,up}` and `mixed/norm`; `invariant/`, a gated network; and, for all D domains
// in one, the adapters `own/{down,up}` and `brought/{down,up}`, the gated networks `projected/` and the norms `own/norm`, `fromMixed` and
// `fromOwn`, [D, d] each.

/** States for the domain that each place is asked for, [A, d]. */
function encode(config: Config, parameters: Parameters, inputs: DomainInputs): Sym {
  const { width, inner, domainRank, invariantRank } = config
  const { rows, keep, dropout, views, asked } = inputs
  const domains = asked.domains // [A, D]
  const causal = input('causal', [keep.shape[1], keep.shape[1]])
  /** One encoder for every sequence, mixed or of one domain: [n, L, d] → [n · L, d] (Eq. 3). */
  const attended = (name: string, x: Sym, mask: Sym) => {
    const positions = positionRows(parameters, 'positions', x.shape[1], [config.maxLength, width])
    const embedded = dropout.apply(`${name}/embedding`, add(multiply(x, Math.sqrt(width)), positions))
    const mixed = selfAttention(parameters, 'attention', embedded, mask, { ...config, dropout: WHOLE })
    const sum = add(embedded, dropout.apply(`${name}/attended`, mixed))
    return reshape(layerNorm(parameters, 'attention/norm', sum, width), [-1, width])
  }
  const of = { parameters, domains, width }
  const shared = (x: Sym) => gated(parameters, 'shared', x, [width, inner])
  const drop = (name: string, x: Sym) => dropout.apply(name, x)

  // What each sequence makes of the encoder (dLoRA): the mixed one, and that of the domain asked for as its last item left it.
  const mixed = gather(attended('mixed', rows, paddedCausalMask(keep, causal)), asked.place) // [A, d]
  const adaptedMixed = drop('mixed/adapter', adapter(parameters, 'mixed', mixed, [width, domainRank]))
  const ofMixed = layerNorm(
    parameters,
    'mixed/norm',
    add(add(mixed, drop('mixed/shared', shared(mixed))), adaptedMixed),
    width,
  )
  const sequences = views.map((view, d) =>
    reshape(attended(`own${d}`, view.rows, paddedCausalMask(view.keep, view.causal)), view.rows.shape),
  )
  const own = lastOfAsked(sequences, asked) // [A, d]
  const adaptedOwn = drop('own/adapter', domainAdapter(of, 'own', own, domainRank))
  const visited = reshape(greater(cast(asked.own, 'float32'), 0), ['A', 1])
  const ofOwn = multiply(
    domainNorm(of, 'own/norm', add(add(own, drop('own/shared', shared(own))), adaptedOwn)),
    visited,
  )

  // What the mixed sequence says whatever is asked for, brought to the domain (iLoRA), beside what the domain says itself.
  const invariant = drop('invariant', gated(parameters, 'invariant', ofMixed, [width, inner]))
  const brought = drop('brought', domainAdapter(of, 'brought', ofMixed, invariantRank))
  const projected = drop('projected', domainGated(of, 'projected', ofOwn, inner))
  const fromMixed = domainNorm(of, 'fromMixed', add(add(ofMixed, invariant), brought))
  return add(fromMixed, domainGain(of, 'fromOwn', add(ofOwn, projected)))
}

/** A feed-forward network whose hidden units are gated (SwiGLU), without biases. */
function gated(
  parameters: Parameters,
  name: string,
  x: Sym,
  [width, inner]: readonly [number, number],
  only?: Sym,
): Sym {
  const weight = (part: string, shape: readonly [number, number]) =>
    parameters.declare(`${name}/${part}`, shape, normal(DEVIATION))
  const gate = matmul(x, weight('gate', [width, inner]))
  const hidden = multiply(multiply(gate, sigmoid(gate)), matmul(x, weight('in', [width, inner])))
  return matmul(only === undefined ? hidden : multiply(hidden, only), weight('out', [inner, width]))
}

/** A map of low rank that is zero at first (Hu et al., 2022). */
function adapter(
  parameters: Parameters,
  name: string,
  x: Sym,
  [width, rank]: readonly [number, number],
  only?: Sym,
): Sym {
  const down = matmul(x, parameters.declare(`${name}/down`, [width, rank], normal(DEVIATION)))
  return matmul(
    only === undefined ? down : multiply(down, only),
    parameters.declare(`${name}/up`, [rank, width], zeros),
  )
}

/** Weights of every domain side by side, of which each row uses those of the domain that it is asked for. */
interface OfDomains {
  readonly parameters: Parameters
  /** [A, D] */
  readonly domains: Sym
  readonly width: number
}

/** 1 at the n columns of each row's domain among D · n, [A, D · n]. */
function columnsOf({ domains }: OfDomains, n: number): Sym {
  const D = domains.shape[1] as number
  const wide = expand(reshape(domains, ['A', D, 1]), ['A', D, n])
  return reshape(wide, ['A', D * n])
}

function domainAdapter(of: OfDomains, name: string, x: Sym, rank: number): Sym {
  const D = of.domains.shape[1] as number
  return adapter(of.parameters, name, x, [of.width, D * rank], columnsOf(of, rank))
}

function domainGated(of: OfDomains, name: string, x: Sym, inner: number): Sym {
  const D = of.domains.shape[1] as number
  return gated(of.parameters, name, x, [of.width, D * inner], columnsOf(of, inner))
}

/** A layer normalization of each domain's own. */
function domainNorm(of: OfDomains, name: string, x: Sym): Sym {
  const { parameters, domains, width } = of
  const D = domains.shape[1] as number
  const bias = matmul(domains, parameters.declare(`${name}/bias`, [D, width], zeros))
  return add(domainGain(of, name, x), bias)
}

/** The same without a bias: what it is added to has one. */
function domainGain({ parameters, domains, width }: OfDomains, name: string, x: Sym): Sym {
  const D = domains.shape[1] as number
  const gain = matmul(domains, parameters.declare(`${name}/gain`, [D, width], ones))
  return multiply(normalize(x, EPSILON), gain)
}

export const abxi = defineCrossDomainModel({
  name: 'abxi',
  summary: 'the mixed history, brought by small adapters to the domain asked for, beside what was had there',
  paper: {
    title: 'ABXI: Invariant Interest Adaptation for Task-Guided Cross-Domain Sequential Recommendation',
    year: 2025,
    venue: 'WWW',
  },
  config,
  itemDeviation: 0.02,
  encoder: (config, parameters) => ({
    encode: (inputs) => encode(config, parameters, inputs),
    feeds: ({ length }) => ({ causal: { shape: [length, length], data: causalMask(length) } }),
  }),
  train(model, config, context) {
    return trainOnSequences(model, config, context, sequenceBatches, crossDomainStep(model, config, context))
  },
})
