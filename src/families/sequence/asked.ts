import { type Dataset, domainItems, domainOfItem, type Query, type Tensor } from '../../core/index.ts'
import type { Histories } from '../../data/index.ts'
import { normal, type Parameters } from '../../nn/index.ts'
import { add, cast, type Dim, input, matmul, type Sym } from '../../tensor/index.ts'
import type { EncoderInputs, SequenceEncoder } from './encoder.ts'
import type { SequenceConfig } from './options.ts'

// A model of mixed sequences continues whatever its last event was of, whichever domain is asked for. `ask` tells it.

/** What a model is told of the domains that are asked for: nothing, or with `ask=learned` a vector at each position. */
export interface AskedDomain {
  inputs(inputs: EncoderInputs): EncoderInputs
  feeds(histories: Histories): Record<string, Tensor>
}

/** The input that says which domain each position is asked for, [B, T, D]. */
export const ASKED_DOMAINS = 'askedDomains'

const UNTOLD: AskedDomain = { inputs: (inputs) => inputs, feeds: () => ({}) }

/**
 * With `ask=learned` the vector of the domain that a position is asked for joins its item embedding: in training the domain of its
 * target, in a history that of the item which came next, at its end that of the question. Declares `asked` [D, d].
 * @param masked whether items are asked for at their own places, as by a cloze; other places are then asked for nothing
 */
export function askedDomain(
  { ask, width }: Pick<SequenceConfig, 'ask' | 'width'>,
  { domains, domainStart }: Pick<Dataset, 'domains' | 'domainStart'>,
  parameters: Parameters,
  deviation: number,
  masked = false,
): AskedDomain {
  if (ask !== 'learned') return UNTOLD
  const D = domains.length
  const toldRows = (rows: Sym): Sym => {
    const [B, T] = rows.shape as [Dim, Dim]
    const askedFor = cast(input(ASKED_DOMAINS, [B, T, D], 'uint8'), 'float32')
    return add(rows, matmul(askedFor, parameters.declare('asked', [D, width], normal(deviation)))) // [B, T, d]
  }
  return {
    inputs: (inputs) => ({ ...inputs, rows: toldRows(inputs.rows) }),
    feeds({ size, length, items, targets, asked }) {
      const data = new Uint8Array(size * length * D)
      for (let at = 0; at < items.length; at++) {
        // Padding must stay zero, which some encoders rely on.
        if (items[at] === 0) continue
        const isLast = at % length === length - 1
        const target = targets === undefined ? 0 : targets[at]
        const next = target > 0 || isLast || masked ? target : items[at + 1]
        if (next > 0) data[at * D + domainOfItem({ domainStart }, next)] = 1
        else if (isLast && asked !== undefined) data[at * D + asked[Math.floor(at / length)]] = 1
      }
      return { [ASKED_DOMAINS]: { shape: [size, length, D], data } }
    },
  }
}

/** The same encoder, told which domains are asked for. */
export function toldEncoder(encoder: SequenceEncoder, asked: AskedDomain): SequenceEncoder {
  return {
    ...encoder,
    encode: (inputs) => encoder.encode(asked.inputs(inputs)),
    feeds: (histories) => ({ ...encoder.feeds?.(histories), ...asked.feeds(histories) }),
  }
}

/** The history up to its last event in the domain asked for, with `ask=domain`; whole where there is none. */
export function untilAsked({ history, domain }: Query, dataset: Pick<Dataset, 'domainStart'>): Int32Array {
  const { start, end } = domainItems(dataset, domain)
  const last = history.findLastIndex((item) => item >= start && item < end)
  return last < 0 ? history : history.subarray(0, last + 1)
}
