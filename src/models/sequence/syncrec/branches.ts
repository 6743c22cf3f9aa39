import type { EncoderInputs } from '../../../families/sequence/index.ts'
import {
  type Dropout,
  type EmbeddingTable,
  gatheredRows,
  layerNorm,
  linear,
  normal,
  type Parameters,
  paddedCausalMask,
  positionRows,
  zeros,
} from '../../../nn/index.ts'
import * as t from '../../../tensor/index.ts'
import { type Dim, input, type Sym } from '../../../tensor/index.ts'
import { expert } from './expert.ts'
import type { Config } from './index.ts'

/** The options, and D. */
export type BranchOptions = Config & { readonly domains: number }

/** What a branch reads of a batch, X or all X^d. */
export interface History {
  /** Item embeddings [B, T, r], zero at padding and starts. */
  readonly rows: Sym
  /** [B, T, D], 1 at the domain of each place; zero at padding and at the start of the mixed sequence. */
  readonly domains: Sym
  /** [B, T, 1], 1 at ⟨SOS⟩. */
  readonly starts: Sym
  readonly dropout: Dropout
}

/** The mixed sequences: reads `crossFeeds` beside what every encoder reads. */
export function mixedHistory({ rows, keep, dropout }: EncoderInputs, domains: number): History & { keep: Sym } {
  const [B, T] = keep.shape as [Dim, Dim]
  return {
    rows,
    keep,
    dropout,
    domains: t.cast(input('itemDomains', [B, T, domains], 'uint8'), 'float32'),
    starts: t.cast(input('starts', [B, T, 1], 'uint8'), 'float32'),
  }
}

/** The single-domain sequences, a user's in one row of S places: reads `singleViews`. */
export function singleHistory(table: EmbeddingTable, dropout: Dropout, domains: number) {
  const rows = t.gather(table.symbol, input('singleIds', ['B', 'S'], 'int32')) // [B, S, r]
  const history: History = {
    rows,
    dropout,
    domains: t.cast(input('singleDomains', ['B', 'S', domains], 'uint8'), 'float32'),
    starts: t.cast(input('singleStarts', ['B', 'S', 1], 'uint8'), 'float32'),
  }
  return { history, read: gatheredRows(table, rows, 'singleIds') }
}

export interface Branch {
  /** Y, [B·T, r]. */
  readonly states: Sym
  /** Weight of each expert: [B, K] in the cross branch, [D, B, K] in the single one. */
  readonly gates: Sym
}

/** LN(M[x] + P[position] + domain), then dropout; the domain part and the norm are the released code's, not the paper's. */
function embed(
  parameters: Parameters,
  view: 'cross' | 'single',
  history: History,
  positions: Sym,
  options: BranchOptions,
): Sym {
  const { rows, domains, starts, dropout } = history
  let x = t.add(rows, positions)
  if (options.start) {
    const count = view === 'cross' ? 1 : options.domains
    const vectors = parameters.declare(`starts/${view}`, [count, options.width], normal(0.02))
    x = t.add(x, t.matmul(view === 'cross' ? starts : t.multiply(domains, starts), vectors)) // M[SOS]
  }
  if (options.domainEmbedding)
    x = t.add(x, t.matmul(domains, parameters.declare('domains', [options.domains, options.width], normal(0.02))))
  return dropout.apply(`${view}/embedding`, layerNorm(parameters, 'embedding/norm', x, options.width))
}

/** h: LN(x + FFN(x)) with GELU. */
function tower(
  parameters: Parameters,
  name: string,
  x: Sym,
  { width, expansion }: Pick<Config, 'width' | 'expansion'>,
  drop: (y: Sym) => Sym,
) {
  const inner = t.gelu(linear(parameters, `${name}/inner`, x, [width, expansion * width]))
  const fed = linear(parameters, `${name}/outer`, inner, [expansion * width, width])
  return layerNorm(parameters, `${name}/norm`, t.add(x, drop(fed)), width)
}

/**
 * Σ_k g_k f^k(E), without gradient into the experts of the other task (Eq. 2, 4). Gates still learn from all of them.
 * @param gates [B, 1, K] for one weight a sequence, or [B, T, K]
 * @returns [B, T, r]
 */
function mixture(
  parameters: Parameters,
  view: 'cross' | 'single',
  x: Sym,
  mask: Sym,
  gates: Sym,
  options: BranchOptions,
  dropout: Dropout,
  stop: boolean,
): Sym {
  const { crossExperts: j, experts: K } = options
  // An expert runs once in each view; its dropout there is its own.
  const own: Dropout = { ...dropout, apply: (name, y) => dropout.apply(`${view}/${name}`, y) }
  const parts = Array.from({ length: K }, (_, i) => {
    const k = i + 1
    const output = expert(parameters, `expert${k}`, x, mask, options, own)
    const isOwn = view === 'cross' ? k <= j : k > j
    return t.multiply(t.slice(gates, 2, i, i + 1), stop && !isOwn ? t.stopGradient(output) : output)
  })
  return parts.reduce((sum, part) => t.add(sum, part))
}

/** The cross-domain branch: the mixed sequence, one gate, one tower (Eq. 4). It is all that serving needs. */
export function crossBranch(
  parameters: Parameters,
  history: ReturnType<typeof mixedHistory>,
  options: BranchOptions,
  stop: boolean,
): Branch {
  const { keep, dropout } = history
  const [B, T] = keep.shape as [Dim, Dim]
  const { width, experts: K, maxLength } = options
  const x = embed(parameters, 'cross', history, positionRows(parameters, 'positions', T, [maxLength, width]), options)
  const shown = t.reshape(t.multiply(x, t.reshape(keep, [B, T, 1])), [B, -1]) // [B, T·r]
  const weight = t.reshape(positionRows(parameters, 'gates/cross/weight', T, [maxLength, width * K]), [-1, K])
  const bias = parameters.declare('gates/cross/bias', [K], zeros)
  const gates = t.softmax(t.add(t.matmul(shown, weight), bias)) // [B, K], Eq. 3
  const mask = paddedCausalMask(keep, input('causal', [T, T])) // [B, 1, T, T]
  const mixed = mixture(parameters, 'cross', x, mask, t.reshape(gates, [B, 1, K]), options, dropout, stop)
  const drop = (y: Sym) => dropout.apply('cross/tower', t.reshape(y, [B, T, width]))
  return { states: t.reshape(tower(parameters, 'towers/cross', mixed, options, drop), [-1, width]), gates }
}

/**
 * The D single-domain branches (Eq. 2) in one pass: the sequences of a user stand in one row, where every item sees, and is counted among,
 * the items of its own domain alone. State s is thus (y_t^d)^single for the domain d and the place t of item s.
 */
export function singleBranch(parameters: Parameters, history: History, options: BranchOptions, stop: boolean): Branch {
  const { domains, dropout } = history
  const { width, experts: K, domains: D, maxLength } = options
  const [B, S] = domains.shape as [Dim, Dim, number]
  // Positions within the domain, by one-hot rows: several items share one, which takeRows cannot express.
  const place = t.cast(input('place', [B, S, 'L'], 'uint8'), 'float32')
  const positions = t.matmul(place, positionRows(parameters, 'positions', 'L', [maxLength, width])) // [B, S, r]
  const x = embed(parameters, 'single', history, positions, options)

  // Each domain's items side by side, [D, B, L·r], for its gate.
  const rows = t.reshape(x, [-1, width]) // [B·S, r]
  const compact = t.takeRows(
    rows,
    input('compact', [`${D}*B*L`], 'int32'),
    input('compactInverse', [rows.shape[0]], 'int32'),
  )
  const table = parameters.declare('gates/single/weight', [D * maxLength, width * K], normal(0.02))
  const weight = t.slice(t.reshape(table, [D, maxLength, width * K]), 1, `${maxLength}-L`, maxLength) // [D, L, r·K]
  const bias = parameters.declare('gates/single/bias', [D, 1, K], zeros)
  const logits = t.matmul(t.reshape(compact, [D, B, `${width}*L`]), t.reshape(weight, [D, `${width}*L`, K]))
  const gates = t.softmax(t.add(logits, bias)) // [D, B, K], Eq. 3

  const sameDomain = t.matmul(domains, domains, { transposeB: true }) // [B, S, S]
  const allowed = t.add(t.multiply(t.subtract(sameDomain, 1), 1e9), input('singleCausal', [S, S]))
  const mask = t.reshape(allowed, [B, 1, S, S])
  const gateOfItem = t.matmul(domains, t.transpose(gates, [1, 0, 2])) // [B, S, K]
  const mixed = t.reshape(mixture(parameters, 'single', x, mask, gateOfItem, options, dropout, stop), [-1, width])

  const N = mixed.shape[0]
  let states: Sym | undefined
  for (let d = 0; d < D; d++) {
    const index = input(`member${d}`, [`M${d}`], 'int32')
    const inverse = input(`memberInverse${d}`, [N], 'int32')
    const mine = (y: Sym) => t.takeRows(y, index, inverse) // [M_d, r]
    const drop = (y: Sym) => dropout.apply(`single/tower${d}`, y)
    const own = t.takeRows(tower(parameters, `towers/single${d}`, mine(mixed), options, drop), inverse, index)
    states = states === undefined ? own : t.add(states, own)
  }
  return { states: states!, gates }
}
