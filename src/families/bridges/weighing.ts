import { type output, type ZodObject, z } from 'zod'
import { orthogonal, type Parameters, zeros } from '../../nn/index.ts'
import * as t from '../../tensor/index.ts'
import { type Dim, type Sym, stopGradient } from '../../tensor/index.ts'
import type { BridgeInputs, BridgeNetwork, SourceInputs } from './network.ts'
import { personalizedBridge } from './personalized-bridge.ts'

// How loudly each source is heard: one network looks at what each says of a user and an item, and a softmax over those that know the user makes
// weights of it.

/** What sources say of P users and items. */
export interface Scene {
  /** v, vectors of the items. [P, n] */
  readonly items: Sym
  /** e, what each source makes of the user. [P, D, n] */
  readonly vectors: Sym
  /** ⟨e, v⟩ [P, D] */
  readonly scores: Sym
  /** 1 where the user is known in the source, else 0. [P, D] */
  readonly known: Sym
  /** ln(1 + n) of the n rows that a source knows the user by, where that is seen. [P, D] */
  readonly rows?: Sym | undefined
}

/** What is computed once of each user. */
export type SourceStates = { readonly vectors: Sym; readonly known: Sym; readonly rows?: Sym }

export function sceneOf(items: Sym, { vectors, known, rows }: SourceStates): Scene {
  const [P, , n] = vectors.shape as [Dim, number, number]
  return { items, vectors, scores: t.sum(t.multiply(vectors, t.reshape(items, [P, 1, n])), 2), known, rows }
}

/** o_d = [v ; e_d ; ⟨e_d, v⟩], the rows where they are seen, and which source it is of where all are told. [P, D, 2n + 1 (+ 1) (+ D)] */
export function observations({ items, vectors, scores, rows }: Scene, { told }: { readonly told: boolean }): Sym {
  const [P, D, n] = vectors.shape as [Dim, number, number]
  const seen = [t.expand(t.reshape(items, [P, 1, n]), [P, D, n]), vectors, t.reshape(scores, [P, D, 1])]
  if (rows !== undefined) seen.push(t.reshape(rows, [P, D, 1]))
  if (told) {
    const identity = t.constant(
      Array.from({ length: D * D }, (_, i) => (i % (D + 1) === 0 ? 1 : 0)),
      [1, D, D],
    )
    seen.push(t.expand(identity, [P, D, D]))
  }
  return t.concat(seen, 2)
}

/** The logit of a source in which a user is unknown lies this far below all others. */
const UNHEARD = 1e9

/** Logits among which no softmax hears a source in which a user is unknown. [P, D] */
export const heard = (logits: Sym, known: Sym) => t.subtract(logits, t.multiply(t.subtract(1, known), UNHEARD))

/** 1 at the known source that expects most, where several do in equal parts. [P, D] */
export function loudest({ scores, known }: Pick<Scene, 'scores' | 'known'>): Sym {
  const among = heard(t.multiply(scores, known), known) // [P, D]
  const most = t.equal(among, t.max(among, 1, { keepDims: true }))
  return stopGradient(t.multiply(t.divide(most, t.sum(most, 1, { keepDims: true })), known))
}

/** w = softmax of the logits over known sources, 0 in the others; 0 everywhere where none is known. [P, D] */
export function weightsOf(logits: Sym, known: Sym): Sym {
  return t.multiply(t.softmax(heard(logits, known)), known)
}

/** H(w) = −Σ_d w_d log w_d over known sources. [P] */
export function weightEntropy(logits: Sym, known: Sym): Sym {
  return t.negate(t.sum(t.multiply(weightsOf(logits, known), t.logSoftmax(heard(logits, known))), 1))
}

/**
 * Three layers with tanh between them, at the start rotations, of which the last is a small one. [..., in] → [...]
 * @param shifted whether the last has a bias; where a softmax follows, it would cancel
 */
export function perceptron(
  parameters: Parameters,
  name: string,
  x: Sym,
  { hidden, shifted }: { readonly hidden: number; readonly shifted: boolean },
): Sym {
  const widths = [x.shape.at(-1) as number, hidden, hidden, 1]
  let h = x
  for (let i = 0; i < 3; i++) {
    const [from, to] = widths.slice(i, i + 2) as [number, number]
    const gain = i === 2 ? 0.01 : Math.SQRT2
    const weight = parameters.declare(`${name}/layer${i}/weight`, [from, to], orthogonal(from, to, gain))
    const bias = i < 2 || shifted ? parameters.declare(`${name}/layer${i}/bias`, [to], zeros) : undefined
    h = t.linear(h, weight, bias)
    if (i < 2) h = t.tanh(h)
  }
  return t.reshape(h, x.shape.slice(0, -1))
}

/** μ, how loudly each source is to be heard, by the network `actor` of what is seen of it. [..., in] → [...] */
export function actor(parameters: Parameters, observed: Sym, hidden: number): Sym {
  return perceptron(parameters, 'actor', observed, { hidden, shifted: false })
}

/** Options of a model that weighs its sources. */
export function weighingOptions() {
  return {
    hidden: z.int().min(1).default(50).describe('hidden units of the network that makes the map of a user'),
    bridgeSharing: z.enum(['own', 'shared']).default('own').describe('whether each source has a bridge of its own'),
    targetAgent: z
      .boolean()
      .default(false)
      .describe('whether the target is heard, too, of users who have rows there; nobody hears it of who is new'),
    agentRows: z.boolean().default(false).describe('whether it is seen by how many rows a source knows the user'),
    agentHidden: z.int().min(1).default(10).describe('hidden units of each layer of the network that weighs a source'),
    agentNames: z.boolean().default(false).describe('whether that network is told which source it weighs'),
  }
}

export type WeighingConfig = output<ZodObject<ReturnType<typeof weighingOptions>>>

/** What a model makes of people: e [B, D, n], and what is known of them. */
export function bridgedSources(
  { hidden, bridgeSharing, agentRows }: WeighingConfig,
  parameters: Parameters,
  { width, sources }: BridgeInputs,
): SourceStates {
  const vectors = sources.map((source) => {
    const name = bridgeSharing === 'own' ? `bridge/${source.name}` : 'bridge'
    const bridged = personalizedBridge(parameters, name, source, { width, hidden })
    return t.reshape(bridged, [source.vector.shape[0], 1, width])
  })
  const each = (of: (source: SourceInputs) => Sym) => t.concat(sources.map(of), 1)
  return {
    vectors: t.concat(vectors, 1),
    known: each(({ known }) => known),
    ...(agentRows && { rows: each((source) => source.rows()) }),
  }
}

/** Logits of weights of sources, by the network `actor`. [P, D] */
export function weighingLogits({ agentHidden, agentNames }: WeighingConfig, parameters: Parameters, scene: Scene): Sym {
  return actor(parameters, observations(scene, { told: agentNames }), agentHidden)
}

/** ŷ = ⟨Σ_d w_d e_d, v⟩ beyond what the item adds by itself, with `weights` w [P, D] of each pair. */
export function weighedNetwork(
  config: WeighingConfig,
  parameters: Parameters,
  inputs: BridgeInputs,
): BridgeNetwork & { readonly states: SourceStates } {
  return {
    states: bridgedSources(config, parameters, inputs) as SourceStates & Record<string, Sym>,
    predict(states, items) {
      const scene = sceneOf(items, states as SourceStates & Record<string, Sym>)
      const weights = weightsOf(weighingLogits(config, parameters, scene), scene.known)
      return { rating: t.sum(t.multiply(weights, scene.scores), 1), weights }
    },
  }
}
