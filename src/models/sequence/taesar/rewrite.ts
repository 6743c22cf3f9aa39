import {
  domainItems,
  domainOfItem,
  giveWay,
  type NamedTensors,
  type Tensor,
  type TrainContext,
} from '../../../core/index.ts'
import type { Sequences } from '../../../data/index.ts'
import { feedsOf, historyInputs, paddedHistories, type SequenceModel } from '../../../families/sequence/index.ts'
import * as t from '../../../tensor/index.ts'
import { input, type Sym } from '../../../tensor/index.ts'

/** Numbers in an array of one run, at most: [places, items]. */
const MOST = 4_000_000

/** Logits of the items that may follow, [N, W]. */
export interface Views {
  /** By the reader of mixed events. */
  readonly mixed: Sym
  /** By the expert of the domain that is written for. */
  readonly target: Sym
  /** By the expert of the domain that the event is of. */
  readonly source: Sym
}

/**
 * (1 + α) target − β source, [N, W]: what the target's expert expects and the source's does not. α_v is larger where item v adds little to
 * the entropy of the target's expert, β_v where the source's expert and the reader of mixed events are far apart about v.
 */
export function contrast({ mixed, target, source }: Views): Sym {
  const [logM, logA, logB] = [mixed, target, source].map((logits) => t.logSoftmax(logits))
  const entropy = t.negate(t.multiply(t.exp(logA), logA)) // H_v = −p log p
  const alpha = t.divide(t.subtract(1, entropy), t.subtract(1, t.max(entropy, 1, { keepDims: true }))) // ≥ 1
  const middle = t.multiply(t.add(t.exp(logM), t.exp(logB)), 0.5) // m
  const apart = t.subtract(t.multiply(t.log(t.maximum(middle, 1e-30)), 2), t.add(logM, logB)) // log m/p + log m/q
  const divergence = t.multiply(t.multiply(middle, apart), 0.5)
  const beta = t.divide(divergence, t.add(t.max(divergence, 1, { keepDims: true }), 1e-10)) // 0 … 1
  return t.subtract(t.multiply(t.add(1, alpha), target), t.multiply(beta, source))
}

/** Contrasts of all items, as the largest of the target's and of the others, and of the target's among themselves. */
function decoding({ table }: SequenceModel, { start, end }: { readonly start: number; readonly end: number }) {
  const { rows, width } = table
  const logits = (view: keyof Views) =>
    t.matmul(input(`${view}/states`, ['N', width]), input(`${view}/items`, [rows - 1, width]), { transposeB: true })
  const views: Views = { mixed: logits('mixed'), target: logits('target'), source: logits('source') } // [N, V], of items 1 …
  const all = contrast(views)
  const own = (x: Sym) => t.slice(x, 1, start - 1, end - 1)
  const others = [...(start > 1 ? [[0, start - 1]] : []), ...(end < rows ? [[end - 1, rows - 1]] : [])]
  return {
    own: t.max(own(all), 1), // [N]
    others: others.map(([from, to]) => t.max(t.slice(all, 1, from, to), 1)).reduce((a, b) => t.maximum(a, b)), // [N]
    among: contrast({ mixed: own(views.mixed), target: own(views.target), source: own(views.source) }), // [N, V_d]
  }
}

/** The weights of a reader of mixed events, and of what it became as the expert of each domain. */
export interface ReaderWeights {
  readonly mixed: NamedTensors
  readonly experts: readonly NamedTensors[]
}

/**
 * Mixed sequences as sequences of each domain, numbered as there: an event elsewhere becomes the item of the domain that its experts put
 * first, or is left out where they put an item of another domain first. What they see is what was before the event. What repeats what
 * stands before it is left out, and so are sequences that are the domain's own, or of fewer than two items.
 * @param weights of two domains or more
 */
export async function rewrite(
  model: SequenceModel,
  { mixed, experts }: ReaderWeights,
  { user, items, offsets }: Sequences,
  { dataset, signal }: Pick<TrainContext, 'dataset' | 'signal'>,
  maxLength: number,
): Promise<Sequences[]> {
  const { encoder, table, programs } = model
  const { width } = table
  const histories = Array.from(user, (_, s) => items.subarray(offsets[s], offsets[s + 1]).slice(-maxLength))
  const encoding = await programs.compile({ states: encoder.encode(historyInputs(table, 'T', 0)) }) // [B, T, d]
  const itemsOf = (weights: NamedTensors): Tensor => ({
    shape: [table.rows - 1, width],
    data: weights.get(table.name)!.data.subarray(width),
  })
  const atOnce = Math.max(1, Math.floor(MOST / table.rows))
  const targets = dataset.domains.map((_, d) => {
    const range = domainItems(dataset, d)
    return { d, range, graph: decoding(model, range), found: new Map<number, readonly number[]>() }
  })
  for (const { places, ...padded } of paddedHistories(histories, maxLength)) {
    const { length } = padded
    const statesOf = async (weights: NamedTensors) => {
      const { states } = await t.runWith(encoding, { ...Object.fromEntries(weights), ...feedsOf(encoder, padded) })
      return states.data as Float32Array
    }
    const seen = { mixed: await statesOf(mixed), experts: [] as Float32Array[] }
    for (const weights of experts) seen.experts.push(await statesOf(weights))
    const domainAt = Array.from(padded.items, (item) => (item === 0 ? -1 : domainOfItem(dataset, item)))
    for (const { d, range, graph, found } of targets) {
      const program = await programs.compile(graph, `rewrite/${d}`)
      const own = padded.items.map((item, at) => (domainAt[at] === d ? item : 0))
      for (const [s, expert] of experts.entries()) {
        const hasPast = (at: number) => at % length > 0 && domainAt[at - 1] >= 0
        const asked = s === d ? [] : [...domainAt.keys()].filter((at) => domainAt[at] === s && hasPast(at))
        for (let first = 0; first < asked.length; first += atOnce) {
          await giveWay(signal, () => `stopped while sequences were rewritten for ${dataset.domains[d]}`)
          const chosen = asked.slice(first, first + atOnce)
          const before = (states: Float32Array): Tensor => {
            const data = new Float32Array(chosen.length * width)
            for (const [n, at] of chosen.entries()) data.set(states.subarray((at - 1) * width, at * width), n * width)
            return { shape: [chosen.length, width], data }
          }
          const out = await program.run({
            'mixed/states': before(seen.mixed),
            'target/states': before(seen.experts[d]),
            'source/states': before(seen.experts[s]),
            'mixed/items': itemsOf(mixed),
            'target/items': itemsOf(experts[d]),
            'source/items': itemsOf(expert),
          })
          const W = range.end - range.start
          for (const [n, at] of chosen.entries()) {
            const among = out.among.data.subarray(n * W, (n + 1) * W)
            const best = argmax(among)
            const bar = out.others.data[n]
            if (out.own.data[n] > bar && among[best] > bar) own[at] = range.start + best
          }
        }
      }
      for (const [b, place] of places.entries()) {
        const made = withoutRepeats(own.subarray(b * length, (b + 1) * length))
        const real = [...padded.items.subarray(b * length, (b + 1) * length)].filter(
          (item) => item >= range.start && item < range.end,
        )
        if (made.length > 1 && made.join() !== real.join()) found.set(place, made)
      }
    }
  }
  return targets.map(({ range, found }) =>
    joined(
      [...histories.keys()].flatMap((place) => {
        const made = found.get(place)
        return made === undefined
          ? []
          : [
              oneSequence(
                user[place],
                Int32Array.from(made, (item) => item - range.start + 1),
              ),
            ]
      }),
    ),
  )
}

function argmax(values: ArrayLike<number>): number {
  let best = 0
  for (let i = 1; i < values.length; i++) if (values[i] > values[best]) best = i
  return best
}

/** Zeros are left out, and what repeats what stands before it. */
function withoutRepeats(row: Int32Array): number[] {
  const kept: number[] = []
  for (const item of row) if (item !== 0 && item !== kept.at(-1)) kept.push(item)
  return kept
}

function oneSequence(user: number, items: Int32Array): Sequences {
  return { user: Int32Array.of(user), items, offsets: Int32Array.of(0, items.length) }
}

/** One after the other. */
export function joined(parts: readonly Sequences[]): Sequences {
  const user = new Int32Array(parts.reduce((sum, part) => sum + part.user.length, 0))
  const items = new Int32Array(parts.reduce((sum, part) => sum + part.items.length, 0))
  const offsets = new Int32Array(user.length + 1)
  let [s, i] = [0, 0]
  for (const part of parts) {
    user.set(part.user, s)
    items.set(part.items, i)
    for (let r = 0; r < part.user.length; r++) offsets[s + r + 1] = i + part.offsets[r + 1]
    s += part.user.length
    i += part.items.length
  }
  return { user, items, offsets }
}
