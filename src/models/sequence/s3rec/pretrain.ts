import type { Dataset, NamedTensors, Tensor } from '../../../core/index.ts'
import { negativeSampler, type SequenceBatch } from '../../../data/index.ts'
import { type AttributeField, itemAttributes, type SequenceModel } from '../../../families/sequence/index.ts'
import type { Rng } from '../../../math/index.ts'
import {
  adam,
  binaryCrossEntropy,
  bprLoss,
  createDropout,
  createParameters,
  gatheredRows,
  gradientStep,
  linear,
  normal,
} from '../../../nn/index.ts'
import * as t from '../../../tensor/index.ts'
import { type Dim, input, type Sym } from '../../../tensor/index.ts'
import { encode } from './encoder.ts'
import type { Config } from './index.ts'

/** The axis of what is encoded: sequences with hidden items, with a hidden segment, that segment, a segment of others. */
const ENCODED = '4*B'
const TASKS = ['attributes', 'items', 'hiddenAttributes', 'segments'] as const

export interface Pretraining {
  /** The optimizer's state, and what nothing but pre-training reads. */
  readonly state: NamedTensors
  run(batch: SequenceBatch, rng: Rng): Promise<Record<string, number>>
}

/** The four tasks of mutual information over the encoder, which here looks both ways (§4.2). */
export function createPretraining(model: SequenceModel, config: Config, dataset: Dataset, rng: Rng): Pretraining {
  const { table, parameters, programs } = model
  const { width } = config
  const fields = itemAttributes(dataset)
  const A = fields.reduce((sum, { labels }) => sum + labels - 1, 0)
  const own = createParameters(rng)
  const attributes = own.declare('pretraining/attributes', [A, width], normal(0.02))
  const mask = own.declare('pretraining/mask', [width], normal(0.02))

  const rows = t.gather(table.symbol, input('ids', [ENCODED, 'T'], 'int32')) // [4B, T, d]
  const bytes = (name: string, shape: readonly Dim[]) => t.cast(input(name, shape, 'uint8'), 'float32')
  const hidden = bytes('hidden', [ENCODED, 'T'])
  const shown = t.add(rows, t.multiply(t.reshape(hidden, [ENCODED, 'T', 1]), mask))
  const padding = t.multiply(t.subtract(t.reshape(bytes('keep', [ENCODED, 'T']), [ENCODED, 1, 1, 'T']), 1), 1e9)
  const dropout = createDropout(config.dropout)
  const states = encode(config, parameters, { rows: shown, dropout }, padding) // [4B, T, d]
  const map = (task: string, x: Sym) => linear(own, `pretraining/${task}`, x, [width, width])

  // What is known of each item, against its state: attributes of the shown (AAP, Eq. 6) and of the hidden (MAP, Eq. 8).
  const sequences = t.slice(states, 0, 0, 'B') // [B, T, d]
  const known = bytes('known', ['B', 'T', A])
  const told = (task: string, where: Sym) => {
    const logits = t.matmul(map(task, sequences), attributes, { transposeB: true }) // [B, T, A]
    return t.sum(t.multiply(t.sum(binaryCrossEntropy(logits, known), 2), where))
  }
  const positive = t.gather(table.symbol, input('positives', ['B', 'T'], 'int32')) // [B, T, d]
  const negative = t.gather(table.symbol, input('negatives', ['B', 'T'], 'int32'))
  const isHidden = bytes('isHidden', ['B', 'T'])
  const item = map('items', sequences)
  const agrees = (x: Sym, y: Sym) => t.sigmoid(t.sum(t.multiply(x, y), x.shape.length - 1))
  // A segment is told by the last state of a sequence that shows nothing else.
  const last = (part: number) =>
    t.reshape(t.slice(t.slice(states, 0, times(part), times(part + 1)), 1, 'T-1', 'T'), ['B', width])
  const context = map('segments', last(1))
  const losses: Record<(typeof TASKS)[number], Sym> = {
    attributes: told('attributes', bytes('isShown', ['B', 'T'])),
    items: t.sum(t.multiply(bprLoss(agrees(item, positive), agrees(item, negative)), isHidden)), // Eq. 7
    hiddenAttributes: told('hiddenAttributes', isHidden),
    segments: t.sum(bprLoss(agrees(context, last(2)), agrees(context, last(3)))), // Eq. 9
  }
  const each = input('each', [])
  const terms = TASKS.map((task) => t.multiply(losses[task], each))
  const weighted = terms.map((term, i) => t.multiply(term, config[TASKS[i]]))
  const update = gradientStep({
    loss: weighted.reduce((a, b) => t.add(a, b)),
    parameters: {
      symbols: new Map([...parameters.symbols, ...own.symbols]),
      tensors: new Map([...parameters.tensors, ...own.tensors]),
    },
    reads: [
      gatheredRows(table, rows, 'ids'),
      gatheredRows(table, positive, 'positives'),
      gatheredRows(table, negative, 'negatives'),
    ],
    optimizer: adam(config),
    dense: config.adam === 'dense',
    outputs: Object.fromEntries(TASKS.map((task, i) => [task, terms[i]])),
    programs,
  })

  const sampler = negativeSampler(dataset, config.negatives)
  return {
    state: new Map<string, Tensor>([...update.state, ...own.tensors]),
    async run(batch, rng) {
      const { size, length, items } = batch
      const shape = [size, length]
      const view = hide(batch, config.masked, rng.split('hide'))
      const { loss, out } = await update.run({
        ids: { shape: [4 * size, length], data: view.ids },
        keep: { shape: [4 * size, length], data: view.keep },
        hidden: { shape: [4 * size, length], data: view.hidden },
        known: { shape: [...shape, A], data: labelsOf(items, fields, A) },
        isHidden: { shape, data: view.hidden.subarray(0, items.length) },
        isShown: { shape, data: Uint8Array.from(view.ids.subarray(0, items.length), (id) => (id === 0 ? 0 : 1)) },
        positives: { shape, data: items },
        negatives: { shape, data: sampler.forBatch({ ...batch, targets: items }, rng.split('negatives')) },
        each: { shape: [], data: Float32Array.of(1 / size) },
        ...dropout.masks(rng.split('dropout'), { [ENCODED]: 4 * size, T: length }),
      })
      return { loss, ...Object.fromEntries(TASKS.map((task) => [task, out[task].data[0]])) }
    },
  }
}

function times(part: number): Dim {
  return part === 0 ? 0 : part === 1 ? 'B' : `${part}*B`
}

/** The four views of a batch, one after the other: what is shown, what is hidden, and which positions are real. */
export function hide({ size, length, items }: SequenceBatch, share: number, rng: Rng) {
  const places = size * length
  const ids = new Int32Array(4 * places)
  const hidden = new Uint8Array(4 * places)
  const all = items.filter((item) => item !== 0)
  for (let b = 0; b < size; b++) {
    const own = rng.split(b)
    let first = b * length
    while (items[first] === 0) first++
    const end = (b + 1) * length
    const count = end - first
    const cut = count < 2 ? 0 : 1 + own.below(Math.floor(count / 2))
    const start = first + own.below(count - cut + 1)
    const elsewhere = own.below(all.length - cut + 1)
    for (let at = first; at < end; at++) {
      const inside = at >= start && at < start + cut
      const view = [
        own.float() < share ? 0 : items[at],
        inside ? 0 : items[at],
        // Of a sequence that is too short to be cut all views are the same.
        inside || cut === 0 ? items[at] : 0,
        inside ? all[elsewhere + at - start] : cut === 0 ? items[at] : 0,
      ]
      for (const [part, item] of view.entries()) {
        ids[part * places + at] = item
        hidden[part * places + at] = item === 0 ? 1 : 0
      }
    }
  }
  return { ids, hidden, keep: Uint8Array.from(ids, (id, at) => (id !== 0 || hidden[at] === 1 ? 1 : 0)) }
}

/** The attributes of items, [items, A]: 1 at each label that an item has, of one field after the other. */
function labelsOf(items: Int32Array, fields: readonly AttributeField[], A: number): Uint8Array {
  const known = new Uint8Array(items.length * A)
  let before = 0
  for (const { labels, most, ids } of fields) {
    for (const [at, item] of items.entries())
      for (let i = item * most; i < (item + 1) * most; i++) if (ids[i] !== 0) known[at * A + before + ids[i] - 1] = 1
    before += labels - 1
  }
  return known
}
