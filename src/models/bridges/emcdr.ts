import { z } from 'zod'
import {
  type BridgeInputs,
  bridgeOptions,
  defineBridgeModel,
  knownMean,
  type SourceInputs,
  trainOnRatings,
  trainOnVectors,
} from '../../families/bridges/index.ts'
import { fanInUniform, linear, type Parameters } from '../../nn/index.ts'
import { add, divide, multiply, type Sym, square, subtract, sum, tanh } from '../../tensor/index.ts'

const config = z.object({
  map: z.enum(['linear', 'mlp']).default('linear').describe('what brings a vector from a source to the target'),
  hidden: z.int().min(1).default(20).describe('hidden units of map=mlp'),
  learns: z
    .enum(['vectors', 'ratings'])
    .default('vectors')
    .describe("what maps are fitted to: users' own vectors in the target, as published, or their ratings there"),
  ...bridgeOptions(),
})

type Config = z.output<typeof config>

/** The maps f_d of all sources, [B, n] each. */
function mapped({ map, hidden }: Config, parameters: Parameters, { width, sources }: BridgeInputs): Sym[] {
  return sources.map(({ name, vector }) => {
    if (map === 'linear') return linear(parameters, `${name}/map`, vector, [width, width], fanInUniform(width))
    const inner = tanh(linear(parameters, `${name}/hidden`, vector, [width, hidden], fanInUniform(width)))
    return linear(parameters, `${name}/map`, inner, [hidden, width], fanInUniform(hidden))
  })
}

/** The mean of ‖f_d(u_d) − u_t‖² over users and the sources that know them. */
function distance(found: readonly Sym[], sources: readonly SourceInputs[], own: Sym): Sym {
  const apart = found.map((vector, s) =>
    multiply(sum(square(subtract(vector, own)), 1, { keepDims: true }), sources[s].known),
  ) // [B, 1]
  const all = (parts: readonly Sym[]) => sum(parts.reduce((a, b) => add(a, b)))
  return divide(all(apart), all(sources.map(({ known }) => known)))
}

export const emcdr = defineBridgeModel({
  name: 'emcdr',
  summary: "maps a user's vector in each source to the one in the target, and takes their mean",
  paper: { title: 'Cross-Domain Recommendation: An Embedding and Mapping Approach', year: 2017, venue: 'IJCAI' },
  config,
  network(config, parameters, inputs) {
    const found = mapped(config, parameters, inputs)
    return { states: { vector: knownMean(found, inputs.sources) } }
  },
  training(target, config, context, rng) {
    if (config.learns === 'ratings') return trainOnRatings(target, config, context, rng)
    const { sources } = target.inputs
    const found = mapped(config, target.parameters, target.inputs)
    return trainOnVectors(target, config, context, rng, (own) => distance(found, sources, own))
  },
})
