import { z } from 'zod'
import { TributaryError } from '../core/index.ts'
import type { Dropout, Parameters } from '../nn/index.ts'
import { type Dim, divide, maximum, multiply, reshape, type Sym, sum } from '../tensor/index.ts'

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

export interface StateTrackerOptions {
  /** d, the width of a row. */
  readonly width: number
  /** W, rows of a window. */
  readonly window: number
  readonly layers: number
  readonly heads: number
  readonly filters: number
  /** Of the graph that is built, with masks fed by whoever made it; absent, nothing is dropped. */
  readonly dropout?: Dropout
}

type TrackerMaker = (options: StateTrackerOptions, parameters: Parameters) => StateTracker

export const STATE_TRACKERS = ['average'] as const
export type StateTrackerName = (typeof STATE_TRACKERS)[number]

const MAKERS: Readonly<Record<StateTrackerName, TrackerMaker>> = { average }

/** The options of a policy that say how it sees an episode. */
export function trackerOptions({ tracker, window }: { readonly tracker: StateTrackerName; readonly window: number }) {
  return {
    tracker: z.enum(STATE_TRACKERS).default(tracker).describe('what makes a state of the last turns'),
    window: z.int().min(1).default(window).describe('turns that a state is made of'),
    layers: z.int().min(1).default(2).describe('layers of the trackers gru, sasrec and transformer'),
    heads: z.int().min(1).default(1).describe('attention heads of the trackers sasrec and transformer'),
    filters: z.int().min(1).default(16).describe('filters of each height in the tracker caser'),
  }
}

/**
 * A state tracker whose weights are declared as `tracker/…` when it encodes first.
 * @throws TributaryError `bad-argument` for a width or a window below 1
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
    encode: ({ rows, keep }) => divide(sum(kept(rows, keep), 1), maximum(sum(keep, 1, { keepDims: true }), 1)), // [B, d]
  }
}

/** The rows, with zeros at padding. [B, W, d] */
function kept(rows: Sym, keep: Sym): Sym {
  const [B, W] = rows.shape as [Dim, Dim, Dim]
  return multiply(rows, reshape(keep, [B, W, 1]))
}
