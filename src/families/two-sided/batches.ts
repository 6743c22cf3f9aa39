import type { Rng } from '../../math/index.ts'
import type { BehaviorIds, LabelledBatch } from './graph.ts'
import type { TwoSidedLog } from './log.ts'
import type { LabelConfig } from './options.ts'

/** Log rows that are trained on together. */
export interface BehaviorBatch {
  readonly target: Int32Array
  /** One for each target row (−1 where the user has none), or, with `pairing=independent`, as many as it likes. */
  readonly source: Int32Array
}

/**
 * One epoch: every target row once, in drawn order, and source rows as `pairing` says. `targetRows` may be some of the rows only.
 * Partners are drawn batch by batch, so that who takes one batch pays for one.
 */
export function* behaviorBatches(
  sides: TwoSidedLog,
  { pairing, batchSize }: Pick<LabelConfig, 'pairing' | 'batchSize'>,
  rng: Rng,
  targetRows = sides.rows.target,
): Generator<BehaviorBatch, void> {
  const rows = rng.split('target').shuffle(targetRows.slice())
  const sources = pairing === 'independent' ? cycled(sides.rows.source, rows.length, rng.split('source')) : undefined
  const draw = rng.split('pairs')
  for (let start = 0; start < rows.length; start += batchSize) {
    const target = rows.subarray(start, start + batchSize)
    const source = sources?.subarray(start, start + target.length)
    yield { target, source: source ?? target.map((row) => drawPartner(sides, row, pairing === 'before', draw)) }
  }
}

/** A source row of the same user, each as likely; −1 where there is none. */
export function drawPartner(sides: TwoSidedLog, row: number, onlyBefore: boolean, rng: Rng): number {
  const rows = sides.sourceRowsOf(sides.dataset.log.user[row])
  const count = onlyBefore ? rows.filter((other) => other < row).length : rows.length
  return count === 0 ? -1 : rows[rng.below(count)]
}

/** `count` rows, all of them before any comes again. */
function cycled(rows: Int32Array, count: number, rng: Rng): Int32Array {
  const chosen = new Int32Array(rows.length === 0 ? 0 : count)
  for (let from = 0, round = 0; from < chosen.length; from += rows.length, round++) {
    const order = rng.split(round).shuffle(rows.slice())
    chosen.set(order.subarray(0, chosen.length - from), from)
  }
  return chosen
}

/**
 * Rows of the log as a graph takes them.
 * @param source −1 where there is none
 * @param paired whether each source row is the partner of the target row at its place
 */
export function labelledBatch(
  sides: TwoSidedLog,
  target: Int32Array,
  source: Int32Array,
  paired: boolean,
): LabelledBatch {
  const { item } = sides.dataset.log
  const partners = source.map((row) => (row < 0 ? 0 : item[row]))
  const lastOf = (rows: Int32Array, side: 'target' | 'source') => rows.map((row) => sides.lastBefore(row, side))
  return {
    target: {
      ids: behaviorsOf(sides, target, paired ? partners : lastOf(target, 'source')),
      labels: labelsOf(sides, target),
    },
    source: {
      ...(!paired && { ids: behaviorsOf(sides, source, lastOf(source, 'target')) }),
      labels: labelsOf(sides, source),
      real: Uint8Array.from(source, (row) => (row < 0 ? 0 : 1)),
    },
  }
}

function behaviorsOf(sides: TwoSidedLog, rows: Int32Array, partner: Int32Array): BehaviorIds {
  const { user, item } = sides.dataset.log
  return {
    user: rows.map((row) => user[row] + 1),
    item: rows.map((row) => item[row]),
    partner,
    liked: (i, side) => sides.likedBefore(rows[i], side),
  }
}

/** 0 where there is no row. */
function labelsOf(sides: TwoSidedLog, rows: Int32Array): Float32Array {
  return Float32Array.from(rows, (row) => (row < 0 ? 0 : sides.label(row)))
}
