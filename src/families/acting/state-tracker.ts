import { TributaryError } from '../../core/index.ts'
import {
  causalMask,
  createDropout,
  type Dropout,
  gru,
  linear,
  type Parameters,
  paddedCausalMask,
  positionRows,
  postNormTransformer,
  transformer,
  uniform,
  zeros,
} from '../../nn/index.ts'
import type { Dim, Sym } from '../../tensor/index.ts'
import * as t from '../../tensor/index.ts'
import type { StateTrackerName, TrackerConfig } from './options.ts'

/** The last turns of episodes, oldest first. */
export interface Window {
  /** What was recommended and what it paid. [B, W, d] */
  readonly rows: Sym
  /** 1 at turns that were, 0 at padding before them; the newest is always there. [B, W] */
  readonly keep: Sym
}

/** Makes a state of the last turns of an episode. */
export interface StateTracker {
  /** Width of a state. */
  readonly width: number
  /** States, [B, width]. What stands in padded rows never matters. */
  encode(window: Window): Sym
}

export interface StateTrackerOptions extends Omit<TrackerConfig, 'tracker'> {
  /** d, of a row: what was recommended and what it paid. */
  readonly width: number
  /** Of the graph that is built, with masks fed by whoever made it; absent, nothing is dropped. */
  readonly dropout?: Dropout | undefined
}

type TrackerMaker = (options: StateTrackerOptions, parameters: Parameters) => StateTracker

const MAKERS: Readonly<Record<StateTrackerName, TrackerMaker>> = {
  average,
  gru: recurrent,
  caser,
  sasrec,
  transformer: encoder,
}

const NO_DROPOUT = createDropout(0)

/**
 * A state tracker whose weights are declared as `tracker/…` when it encodes first.
 * @throws TributaryError `bad-argument` for a number below 1
 */
export function stateTracker(
  name: StateTrackerName,
  options: StateTrackerOptions,
  parameters: Parameters,
): StateTracker {
  for (const key of ['width', 'window', 'layers', 'heads', 'filters'] as const)
    if (!(Number.isInteger(options[key]) && options[key] >= 1))
      throw new TributaryError(
        'bad-argument',
        `the state tracker '${name}' was given ${key} = ${options[key]}; it must be a whole number of at least 1`,
      )
  return MAKERS[name](options, parameters)
}

/** The mean of the rows that are there. */
function average({ width }: StateTrackerOptions): StateTracker {
  return {
    width,
    encode: ({ rows, keep }) => t.divide(t.sum(kept(rows, keep), 1), t.maximum(t.sum(keep, 1, { keepDims: true }), 1)),
  }
}

/** The last state of gated recurrent units (Cho et al., 2014), as wide as a row. */
function recurrent(options: StateTrackerOptions, parameters: Parameters): StateTracker {
  const { width, layers, dropout = NO_DROPOUT } = options
  return {
    width,
    encode: ({ rows, keep }) => {
      const states = gru(parameters, 'tracker/gru', rows, keep, { width, hidden: width, layers }) // [B, W, d]
      return dropout.apply('tracker/output', newest(states))
    },
  }
}

/** Heights of Caser's horizontal filters in EasyRL4Rec; a filter is not higher than the window. */
const FILTER_HEIGHTS = [2, 3, 4]

/**
 * Convolutions over the window as over an image (Tang and Wang, 2018): filters as wide as a row and a few turns high, of which each
 * keeps its largest activation, and one filter as high as the window and one column wide.
 */
function caser(options: StateTrackerOptions, parameters: Parameters): StateTracker {
  const { width, window, filters, dropout = NO_DROPOUT } = options
  const heights = [...new Set(FILTER_HEIGHTS.map((height) => Math.min(height, window)))]
  return {
    width: heights.length * filters + width,
    encode({ rows, keep }) {
      const image = kept(rows, keep)
      const B = rows.shape[0]
      const horizontal = heights.map((height) => {
        const patches = Array.from({ length: window - height + 1 }, (_, i) =>
          t.reshape(t.slice(image, 1, i, i + height), [B, 1, height * width]),
        )
        const shape = [height * width, filters] as const
        const bound = uniform(1 / Math.sqrt(height * width))
        const responses = linear(parameters, `tracker/horizontal${height}`, t.concat(patches, 1), shape, bound)
        return t.max(t.relu(responses), 1) // [B, filters]
      })
      const weight = parameters.declare('tracker/vertical/weight', [window, 1], uniform(1 / Math.sqrt(window)))
      const bias = parameters.declare('tracker/vertical/bias', [1], zeros)
      const vertical = t.relu(t.add(t.sum(t.multiply(image, weight), 1), bias)) // [B, d]
      return dropout.apply('tracker/output', t.concat([...horizontal, vertical], 1))
    },
  }
}

/** The newest state of causal self-attention with a learned row for each position (Kang and McAuley, 2018). */
function sasrec(options: StateTrackerOptions, parameters: Parameters): StateTracker {
  const { window, layers, heads, dropout = NO_DROPOUT } = options
  const width = dividedWidth(options)
  return {
    width,
    encode({ rows, keep }) {
      const positions = positionRows(parameters, 'tracker/positions', window, [window, width])
      const x = dropout.apply('tracker/input', t.add(widened(rows, width), positions))
      const mask = paddedCausalMask(keep, t.constant({ shape: [window, window], data: causalMask(window) }))
      const shape = { width, heads, layers, inner: width, activation: 'relu', dropout } as const
      return newest(transformer(parameters, 'tracker', x, mask, shape))
    },
  }
}

/**
 * The newest state of a Transformer encoder (Vaswani et al., 2017) over the window, with sinusoids for positions: blocks with their
 * norm after the sum, in which every turn sees every other. The tracker of ROLeR and DARLR. With `readOut=oldest` positions are
 * counted from the newest turn, padding is zeros that are seen, and the state is what stands in the oldest place, padding or not.
 */
function encoder(options: StateTrackerOptions, parameters: Parameters): StateTracker {
  const { window, layers, heads, readOut, dropout = NO_DROPOUT } = options
  const width = dividedWidth(options)
  const released = readOut === 'oldest'
  const places = sinusoids(window, width)
  return {
    width,
    encode({ rows, keep }) {
      const positions = t.constant({ shape: [window, width], data: released ? backwards(places, width) : places })
      const open = t.constant(0, [window, window])
      const mask = released ? open : paddedCausalMask(keep, open) // [W, W] or [B, 1, W, W]
      const x = dropout.apply('tracker/input', t.add(widened(released ? kept(rows, keep) : rows, width), positions))
      const shape = { width, heads, layers, inner: width, activation: 'relu', dropout } as const
      const h = postNormTransformer(parameters, 'tracker', x, mask, shape)
      return released ? placeOf(h, 0) : newest(h)
    },
  }
}

/** Rows in the opposite order. */
function backwards(rows: Float32Array, width: number): Float32Array {
  return rows.map((_, i) => rows[rows.length - (Math.floor(i / width) + 1) * width + (i % width)])
}

/** sin and cos of the position at geometrically falling frequencies, in turn. [T, d] */
function sinusoids(length: number, width: number): Float32Array {
  return Float32Array.from({ length: length * width }, (_, i) => {
    const column = i % width
    const angle = Math.floor(i / width) / 10_000 ** ((column - (column % 2)) / width)
    return column % 2 === 0 ? Math.sin(angle) : Math.cos(angle)
  })
}

/** The rows, with zeros at padding. [B, W, d] */
function kept(rows: Sym, keep: Sym): Sym {
  const [B, W] = rows.shape as [Dim, Dim, Dim]
  return t.multiply(rows, t.reshape(keep, [B, W, 1]))
}

/** [B, W, d] → [B, d] */
function newest(states: Sym): Sym {
  return placeOf(states, (states.shape[1] as number) - 1)
}

/** [B, W, d] → [B, d] */
function placeOf(states: Sym, place: number): Sym {
  const [B, , width] = states.shape as [Dim, number, number]
  return t.reshape(t.slice(states, 1, place, place + 1), [B, width])
}

/**
 * The least width that holds a row, an item's vector with its reward, and that the heads and 4 divide: onnxruntime adds up a norm over
 * other widths in an order that depends on where the row stands in the batch.
 */
function dividedWidth({ width, heads }: StateTrackerOptions): number {
  let divided = width
  while (divided % heads !== 0 || divided % 4 !== 0) divided++
  return divided
}

/** Rows with columns of zeros behind. */
function widened(rows: Sym, width: number): Sym {
  const extra = width - (rows.shape[2] as number)
  return extra === 0 ? rows : t.pad(rows, 2, 0, extra)
}
