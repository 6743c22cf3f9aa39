import { describe, expect, it } from 'vitest'
import { dot, plainWeights, plus, through, times } from '../../../test/checks/plain-algebra.ts'
import {
  dataset,
  drawnModel,
  EDGES,
  ITEMS,
  itemId,
  scoresByName,
  split,
  USERS,
  userId,
} from '../../../test/checks/small-graph.ts'
import { buildDataset } from '../../data/index.ts'
import { gcmc } from './gcmc.ts'

const HIDDEN = 4

it.each(['one', 'values'] as const)('scores as Eq. 1 to 4 say, computed edge by edge: levels=%s', async (levels) => {
  const model = drawnModel(gcmc, { width: 3, hidden: HIDDEN, levels })
  const { matrix } = plainWeights(model.weights())
  const own = (name: string) =>
    USERS.includes(name) ? matrix('users')[userId(name) + 1] : matrix('items')[itemId(name)]
  const degree = (name: string) => EDGES.filter(([user, item]) => user === name || item === name).length
  const encoded = (name: string) => {
    const heard = (level: number | undefined, r: number) => {
      const messages = EDGES.filter(([, , value]) => level === undefined || value === level).flatMap(([user, item]) => {
        const other = user === name ? item : item === name ? user : undefined
        if (other === undefined) return []
        const said = own(other).slice(r * HIDDEN, (r + 1) * HIDDEN)
        return [times(1 / Math.sqrt(degree(name) * degree(other)), said)]
      })
      return plus(new Array(HIDDEN).fill(0), ...messages)
    }
    const stacked = (levels === 'one' ? [undefined] : [1, 2]).flatMap((level, r) => heard(level, r))
    return through(
      stacked.map((x) => Math.max(0, x)),
      matrix('dense'),
    )
  }
  const scores = await scoresByName(model, USERS)
  for (const user of USERS)
    for (const item of ITEMS) {
      const expected = dot(through(encoded(user), matrix('decoder')), encoded(item))
      expect(scores(user, item)).toBeCloseTo(expected, 5)
    }
  await model.dispose()
})

describe('levels=values', () => {
  const create = (values: number[] | undefined) => {
    const rows = values?.length ?? 20
    const log = buildDataset('rows', {
      user: Array.from({ length: rows }, (_, row) => `u${row % 5}`),
      item: Array.from({ length: rows }, (_, row) => `i${row % 7}`),
      domain: Array.from({ length: rows }, () => 'all'),
      ...(values && { value: values }),
    })
    const config = gcmc.config.parse({ levels: 'values' })
    gcmc.create(config, log, { name: 'all', part: new Uint8Array(rows) }, { seed: 1, threads: 1 })
  }
  it('is refused where there are no values, or more than levels', () => {
    expect(() => create(undefined)).toThrow("the rows of 'rows' have none; levels=one counts every row alike")
    expect(() => create(Array.from({ length: 20 }, (_, row) => row))).toThrow(
      "the rows of 'rows' have 20 values, of at most 16",
    )
  })

  it('has as many channels as training rows have values', () => {
    const config = gcmc.config.parse({ levels: 'values', hidden: 4, width: 3 })
    const model = gcmc.create(config, dataset, split, { seed: 1, threads: 1 })
    expect(model.weights().get('items')!.shape).toEqual([6, 8])
  })
})
