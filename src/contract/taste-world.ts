import { buildDataset, splitDataset } from '../data/index.ts'
import { createRng, type Rng } from '../math/index.ts'
import type { World } from './worlds.ts'

/**
 * Planted: what a user gives an item is 3 + b_u + c_i + p_u · q_i, with `rank` factors of variance 1 / √rank each side, b and c of deviation .5; the
 * truth is that, and the log has `rows` items a user, drawn, each with noise of deviation `noise`. So items differ for all, one list is worth something,
 * and tastes are worth more. Must be found: a world model that tells users apart, and policies in it that earn more than any list.
 */
export function tasteWorld({ seed = 1, users = 60, items = 40, rank = 2, rows = 16, noise = 0.5 } = {}): World {
  const rng = createRng(seed).split('tastes')
  const deviation = rank ** -0.25
  const draw = (label: string, count: number, scale: number) => {
    const own = rng.split(label)
    return Float64Array.from({ length: count }, () => scale * own.normal())
  }
  const [b, c] = [draw('users', users, 0.5), draw('items', items, 0.5)]
  const [p, q] = [draw('tastes', users * rank, deviation), draw('kinds', items * rank, deviation)]
  const worth = (user: number, item: number) => {
    let sum = 3 + b[user] + c[item]
    for (let f = 0; f < rank; f++) sum += p[user * rank + f] * q[item * rank + f]
    return sum
  }
  const names = (letter: string, count: number) => Array.from({ length: count }, (_, i) => `${letter}${i}`)
  const [userNames, itemNames] = [names('u', users), names('i', items)]
  const log = userNames.flatMap((_, user) => {
    const own = rng.split('rows', user)
    return shown(own, items, rows).map((item) => ({ user, item, value: worth(user, item) + noise * own.normal() }))
  })
  const dataset = buildDataset(
    'tastes',
    {
      user: log.map(({ user }) => userNames[user]),
      item: log.map(({ item }) => itemNames[item]),
      domain: log.map(() => 'shop'),
      value: log.map(({ value }) => value),
      part: log.map(() => 'train' as const),
    },
    {
      truth: {
        users: userNames,
        items: itemNames,
        values: Array.from({ length: users * items }, (_, cell) => worth(Math.floor(cell / items), cell % items)),
      },
    },
  )
  return { dataset, split: splitDataset(dataset, 'column') }
}

function shown(rng: Rng, items: number, count: number): number[] {
  return [...rng.shuffle(Int32Array.from({ length: items }, (_, i) => i)).subarray(0, count)]
}
