import * as fc from 'fast-check'
import { expect, it } from 'vitest'
import { type Dataset, domainOfItem } from '../../core/index.ts'
import { buildDataset } from '../../data/index.ts'
import { compile, input, runWith } from '../../tensor/index.ts'
import { askedStates, domainViewFeeds, domainViews, lastOfAsked } from './domain-views.ts'

/** Items 1 … 3 in domain a, 4 and 5 in b, 6 in c. */
const names = ['a1', 'a2', 'a3', 'b1', 'b2', 'c1']
const dataset: Dataset = buildDataset('three', {
  user: names.map(() => 'u'),
  item: names,
  domain: names.map((name) => name[0]),
})
const D = 3
const views = domainViews(input('rows', ['B', 'T', 1]), D)
const asked = askedStates(D)
const outputs = {
  ...Object.fromEntries(
    views.flatMap(({ rows, keep }, d) => [[`rows${d}`, rows] as const, [`keep${d}`, keep] as const]),
  ),
  last: lastOfAsked(
    views.map(({ rows }) => rows),
    asked,
  ),
}

const batches = fc
  .integer({ min: 1, max: 6 })
  .chain((length) =>
    fc
      .array(fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: length }), { minLength: 1, maxLength: 4 })
      .map((histories) => ({ length, histories })),
  )

it('a view holds the events of its domain in order, at the right, and every place finds the last of each domain', async () => {
  const program = await compile(outputs, { executor: 'reference' })
  await fc.assert(
    fc.asyncProperty(batches, fc.boolean(), async ({ length, histories }, wide) => {
      const size = histories.length
      const items = Int32Array.from(
        histories.flatMap((history) => [...new Array<number>(length - history.length).fill(0), ...history]),
      )
      // Each event is told by its place, from 1 on.
      const events = Float32Array.from(items, (item, at) => (item === 0 ? 0 : at + 1))
      const places = Int32Array.from({ length: items.length * D }, (_, i) => Math.floor(i / D))
      const question = { place: places, domain: places.map((_, i) => i % D) }
      const { feeds, extents } = domainViewFeeds({ size, length, items }, question, dataset, wide ? length : undefined)
      const out = await runWith(program, { ...feeds, rows: { shape: [size, length, 1], data: events } })

      const ofDomain = (b: number, d: number, until = length) =>
        [...items.subarray(b * length, b * length + until).keys()]
          .map((t) => b * length + t)
          .filter((at) => items[at] !== 0 && domainOfItem(dataset, items[at]) === d)
      for (let d = 0; d < D; d++) {
        const L = extents[`L${d}`]
        const expected = [...histories.keys()]
          .map((b) => ofDomain(b, d).map((at) => at + 1))
          .filter((own) => own.length > 0)
        if (wide) expect(L).toBe(length)
        else expect(L).toBe(Math.max(1, ...expected.map((own) => own.length)))
        if (expected.length === 0) expected.push([])
        const padded = expected.flatMap((own) => [...new Array<number>(L - own.length).fill(0), ...own])
        expect([...out[`rows${d}`].data]).toEqual(padded)
        expect([...out[`keep${d}`].data]).toEqual(padded.map((event) => (event === 0 ? 0 : 1)))
      }
      for (const [i, at] of places.entries()) {
        const b = Math.floor(at / length)
        const last = ofDomain(b, i % D, (at % length) + 1).at(-1)
        expect(out.last.data[i], `place ${at}, domain ${i % D}`).toBe(last === undefined ? 0 : last + 1)
      }
    }),
    { numRuns: 60 },
  )
})
