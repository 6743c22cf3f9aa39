import { describe, expect, it } from 'vitest'
import { domainItems, Part, type Query, type Scorer } from '../core/index.ts'
import { buildDataset, splitDataset } from '../data/index.ts'
import { BLENDS, blendedLists, blendedScorer, chooseBlend, parseBlend } from './blend.ts'
import { recommend } from './recommend.ts'

// Item i of ten was rated by 2 i users. Those who validate liked the two that most rated, and rated no other.
const rows = Array.from({ length: 10 }, (_, i) => Array.from({ length: 2 * i }, (_, u) => [`user${u}`, `item${i}`]))
const validating = Array.from({ length: 4 }, (_, u) => [
  [`new${u}`, 'item8'],
  [`new${u}`, 'item9'],
])
const all = [...rows.flat(), ...validating.flat()]
const trained = rows.flat().length
const dataset = buildDataset('popular', {
  user: all.map(([user]) => user),
  item: all.map(([, item]) => item),
  domain: all.map(() => 'films'),
  value: all.map((_, row) => (row < trained ? 1 + (row % 5) : 5)),
  part: all.map((_, row) => (row < trained ? 'train' : 'valid')),
})
const split = splitDataset(dataset, 'column')
const { start, end } = domainItems(dataset, 0)
/** What is predicted falls with each item, so that the order is against popularity until that counts. */
const model: Scorer = {
  score: async (queries, range) =>
    Float32Array.from(
      queries.flatMap(() =>
        Array.from(
          { length: range.end - range.start },
          (_, i) => -0.1 * Number(dataset.items.name(range.start + i).slice(4)),
        ),
      ),
    ),
}
const run = { spec: { task: 'rating', unlearned: 'it is told' }, model, dataset, split } as const
const query: Query = { history: new Int32Array(0), domain: 0 }
const listOf = async (scorer: Scorer) => {
  const [list] = await recommend(scorer, dataset, [query], { k: 10, maskSeen: true })
  return list.map(({ item }) => dataset.items.name(item))
}

describe('lists of a model that predicts, with popularity', () => {
  it('are its own at weight 0, and those of popularity where that is all that counts', async () => {
    const own = await listOf(model)
    expect(own[0]).toBe('item1')
    expect(await listOf(blendedScorer(model, dataset, split, 0))).toEqual(own)
    expect(await listOf(blendedScorer(model, dataset, split, 1000))).toEqual(own.slice().reverse())
  })

  it('add weight times ln(1 + training rows) to each prediction, whatever range is asked for', async () => {
    const blended = blendedScorer(model, dataset, split, 0.3)
    const [plain, whole, part] = [
      await model.score([query], { start, end }),
      await blended.score([query, query], { start, end }),
      await blended.score([query, query], { start: start + 2, end }),
    ]
    const count = (item: number) =>
      dataset.log.item.filter((one, row) => one === item && split.part[row] === Part.train).length
    for (let i = 0; i < end - start; i++)
      for (const at of [i, end - start + i])
        expect(whole[at]).toBeCloseTo(plain[i] + 0.3 * Math.log1p(count(start + i)))
    expect([...part.subarray(0, end - start - 2)]).toEqual([...whole.subarray(2, end - start)])
    expect([...part.subarray(end - start - 2)]).toEqual([...whole.subarray(2, end - start)])
  })

  it('choose the weight by what users who validate liked', async () => {
    const { weight, tried } = await chooseBlend(run, 3)
    expect(tried.map((one) => one.weight)).toEqual([...BLENDS])
    // One answer comes first, the other, which is asked about by itself, second.
    const best = tried.find((one) => one.weight === weight)!
    expect(best.ndcg).toBeCloseTo((1 + 1 / Math.log2(3)) / 2)
    expect(tried[0].ndcg).toBeLessThan(0.5)
    for (const { weight: other, ndcg } of tried) if (other < weight) expect(ndcg).toBeLessThan(best.ndcg)
    const auto = await blendedLists(run, 'auto', 3)
    expect(auto.weight).toBe(weight)
    expect((await listOf(auto.scorer)).slice(0, 2)).toEqual(['item9', 'item8'])
  })

  it('are no matter of a model that ranks', async () => {
    const ranking = await blendedLists({ ...run, spec: { task: 'ranking' } }, 'auto')
    expect(ranking).toEqual({ scorer: model, weight: 0 })
  })

  it('cannot be chosen where nobody who validates liked anything', async () => {
    await expect(chooseBlend(run, 5)).rejects.toMatchObject({
      code: 'bad-argument',
      message: expect.stringContaining('give a number in place of auto'),
    })
  })
})

it.each(['', 'much', '-1', 'Infinity'])('--blend %s is refused', (text) => {
  expect(() => parseBlend(text)).toThrow(`the blend '${text}' is unknown; give auto, or a number of at least 0`)
})
