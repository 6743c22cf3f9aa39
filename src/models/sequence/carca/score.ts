import type { Dataset, Scorer } from '../../../core/index.ts'
import {
  attributeFeeds,
  feedsOf,
  historyInputs,
  paddedHistories,
  untilAsked,
} from '../../../families/sequence/index.ts'
import { cast, exp, gather, input, multiply, reshape, runWith, slice, sum } from '../../../tensor/index.ts'
import { fitsOfAll } from './fit.ts'
import type { Config } from './index.ts'
import { type Carca, candidatesOf, profileOf, recency } from './network.ts'

/** Numbers in an array of one run, at most: [profiles, T, candidates]. */
const MOST = 4_000_000

/** Scores each item of a range by its attention to each history. */
export function scoreCandidates(
  model: Omit<Carca, 'score'>,
  config: Config,
  dataset: Pick<Dataset, 'domainStart'>,
): Scorer['score'] {
  const { parameters, encoder, table, programs, fields, joint } = model
  const { width, heads, maxLength, ask } = config
  const states = encoder.encode(historyInputs(table, 'T', 0)) // [B, T, d]
  const looks = reshape(slice(exp(recency(config, parameters, 'cross', 'T')), 1, 'T-1', 'T'), [heads, 'T']) // of the last position
  const profiles = { ...profileOf(config, parameters, states), recency: looks }
  const ids = input('candidates', ['C'], 'int32')
  const candidates = candidatesOf(config, parameters, joint(gather(table.symbol, ids), 'candidates'))
  const keep = cast(input('keep', ['B', 'T'], 'uint8'), 'float32')
  const given = (name: string, rows: readonly string[]) => input(name, [...rows, width])
  const scores = reshape(
    fitsOfAll(
      { keys: given('keys', ['B', 'T']), values: given('values', ['B', 'T']) },
      { queries: given('queries', ['C']), counted: given('counted', ['C']) },
      keep,
      heads,
      (x, head) =>
        sum(multiply(x, reshape(slice(input('recency', [heads, 'T']), 0, head, head + 1), ['T', 1])), 1, {
          keepDims: true,
        }),
    ),
    ['B', 'C'],
  )
  const weights = () => ({ [table.name]: table.tensor, ...Object.fromEntries(parameters.tensors) })

  return async (queries, { start, end }) => {
    const count = end - start
    const result = new Float32Array(queries.length * count)
    const range = Int32Array.from({ length: count }, (_, i) => start + i)
    const asked = await runWith(await programs.compile(candidates, 'candidates'), {
      ...weights(),
      candidates: { shape: [count], data: range },
      ...attributeFeeds(fields, 'candidates', range, [count]),
    })
    const histories = queries.map((query) => (ask === 'domain' ? untilAsked(query, dataset) : query.history))
    const atOnce = (length: number) => Math.max(1, Math.floor(MOST / (length * count)))
    for (const { places, ...padded } of paddedHistories(histories, maxLength, atOnce)) {
      const profile = await programs.compile(profiles, 'profiles')
      const fitting = await programs.compile({ scores }, 'scores')
      const feeds = feedsOf(encoder, { ...padded, asked: Int32Array.from(places, (place) => queries[place].domain) })
      const told = await runWith(profile, { ...weights(), ...feeds })
      const found = await fitting.run({ ...told, ...asked, keep: feeds.keep })
      const block = found.scores.data as Float32Array
      for (const [b, place] of places.entries()) result.set(block.subarray(b * count, (b + 1) * count), place * count)
    }
    return result
  }
}
