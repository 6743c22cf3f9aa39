import { expect, it } from 'vitest'
import { dot, plainWeights, plus, times, type Vector } from '../../../test/checks/plain-algebra.ts'
import { drawnModel, EDGES, ITEMS, itemId, scoresByName, USERS, userId } from '../../../test/checks/small-graph.ts'
import { lightgcn } from './lightgcn.ts'

it('scores as Eq. 3 to 5 say, computed edge by edge', async () => {
  const model = drawnModel(lightgcn, { width: 3, layers: 2 })
  const { matrix } = plainWeights(model.weights())
  const degree = (name: string) => EDGES.filter(([user, item]) => user === name || item === name).length
  const neighbors = (name: string) =>
    EDGES.flatMap(([user, item]) => (user === name ? [item as string] : item === name ? [user as string] : []))
  let layer = new Map<string, Vector>([
    ...USERS.map((user) => [user, matrix('users')[userId(user) + 1]] as const),
    ...ITEMS.map((item) => [item, matrix('items')[itemId(item)]] as const),
  ])
  const layers = [layer]
  for (let k = 0; k < 2; k++) {
    const last = layer
    layer = new Map(
      [...last.keys()].map((name) => [
        name,
        plus(...neighbors(name).map((other) => times(1 / Math.sqrt(degree(name) * degree(other)), last.get(other)!))),
      ]),
    )
    layers.push(layer)
  }
  const final = (name: string) => times(1 / 3, plus(...layers.map((vectors) => vectors.get(name)!)))
  const scores = await scoresByName(model, USERS)
  for (const user of USERS)
    for (const item of ITEMS) expect(scores(user, item)).toBeCloseTo(dot(final(user), final(item)), 5)
  await model.dispose()
})

it('is matrix factorization without layers', async () => {
  const model = drawnModel(lightgcn, { width: 3, layers: 0 })
  const { matrix } = plainWeights(model.weights())
  const scores = await scoresByName(model, ['bob'])
  const expected = dot(matrix('users')[userId('bob') + 1], matrix('items')[itemId('f2')])
  expect(scores('bob', 'f2')).toBeCloseTo(expected, 5)
  await model.dispose()
})
