import type { World } from '../../src/contract/worlds.ts'
import type { Dataset, WorldModel } from '../../src/core/index.ts'
import { buildDataset } from '../../src/data/index.ts'
import { createRng, denseRewards } from '../../src/math/index.ts'
import { actionSpace } from '../../src/rl/index.ts'

const named = (letter: string, index: number) => `${letter}${String(index).padStart(3, '0')}`

/** The index that an item was named by; ids are in another order. */
const indexOf = ({ items }: Dataset, item: number) => Number(items.name(item).slice(1))

const everyRowTrains = ({ log }: Dataset) => ({ name: 'all', part: new Uint8Array(log.length) })

const RARE = 3

/**
 * Planted: nine items are rated 3 to 4 by everybody and are worth 3.5; three are rare, were liked by chance in three of the four times
 * that each of four users had them, and are worth 1.5. A model of this log overrates the rare ones and is unsure of them. Must leave them
 * alone: policies that pay for variance. Must fall for them: those that do not.
 */
export function luckyRareItems({ seed = 1, users = 60 } = {}): World & { readonly rare: Int32Array } {
  const rng = createRng(seed).split('lucky rare items')
  const items = 12
  const rows: { user: number; item: number; value: number }[] = []
  for (let user = 0; user < users; user++)
    for (let item = RARE; item < items; item++) rows.push({ user, item, value: 3 + rng.float() })
  for (let item = 0; item < RARE; item++) {
    const owners = rng.split('owners', item).shuffle(Int32Array.from({ length: users }, (_, user) => user))
    // The same users again and again, so that whether they liked it is not theirs to be learned.
    for (const user of owners.subarray(0, 4)) for (const value of [5, 1, 5, 5]) rows.push({ user, item, value })
  }
  const dataset = buildDataset(
    'lucky-rare-items',
    {
      user: rows.map(({ user }) => named('u', user)),
      item: rows.map(({ item }) => named('i', item)),
      domain: rows.map(() => 'shop'),
      value: rows.map(({ value }) => value),
    },
    {
      truth: {
        users: Array.from({ length: users }, (_, user) => named('u', user)),
        items: Array.from({ length: items }, (_, item) => named('i', item)),
        values: Array.from({ length: users * items }, (_, cell) => (cell % items < RARE ? 1.5 : 3.5)),
      },
    },
  )
  const rare = Int32Array.from({ length: RARE }, (_, item) => dataset.items.id(named('i', item))!)
  return { dataset, split: everyRowTrains(dataset), rare }
}

const KINDS = ['best', 'second', 'third']
const OF_A_KIND = 4

/**
 * Planted: items of the best kind pay 5, all others 2, and a user leaves when the kind of the item before comes again
 * (`categories:1:0`). In the log two items of the best kind in a row are followed by one and the same item four times of five; after all
 * others everything follows. Who looks but a little ahead takes the best kind twice and is left; who is paid for the variety of what
 * follows must stay on. What is believed is the truth itself.
 */
export function boringBestKind({ seed = 1, users = 200, length = 8 } = {}): World & { readonly believed: WorldModel } {
  const rng = createRng(seed).split('boring best kind')
  const items = KINDS.length * OF_A_KIND
  const kind = (item: number) => Math.floor(item / OF_A_KIND)
  const reward = (item: number) => (kind(item) === 0 ? 5 : 2)
  const sequences = Array.from({ length: users }, (_, user) => {
    const own = rng.split(user)
    const sequence: number[] = []
    for (let t = 0; t < length; t++) {
      const twice = t > 1 && kind(sequence[t - 1]) === 0 && kind(sequence[t - 2]) === 0
      sequence.push(twice && own.float() < 0.8 ? OF_A_KIND : own.below(items))
    }
    return sequence
  })
  const rows = sequences.flatMap((sequence, user) => sequence.map((item, t) => ({ user, item, t })))
  const dataset = buildDataset(
    'boring-best-kind',
    {
      user: rows.map(({ user }) => named('u', user)),
      item: rows.map(({ item }) => named('i', item)),
      domain: rows.map(() => 'shop'),
      value: rows.map(({ item }) => reward(item)),
      timestamp: rows.map(({ t }) => t),
      category: rows.map(({ item }) => KINDS[kind(item)]),
    },
    {
      truth: {
        users: Array.from({ length: users }, (_, user) => named('u', user)),
        items: Array.from({ length: items }, (_, item) => named('i', item)),
        values: Array.from({ length: users * items }, (_, cell) => reward(cell % items)),
      },
    },
  )
  const space = actionSpace(dataset)
  const kinds = Array.from(space.items, (item) => kind(indexOf(dataset, item)))
  const cells = (value: (column: number) => number) =>
    denseRewards({ ...space, values: Array.from({ length: users * items }, (_, cell) => value(cell % items)) })
  const vectors = rng.split('vectors')
  return {
    dataset,
    split: everyRowTrains(dataset),
    believed: {
      rewards: cells((column) => reward(kinds[column] * OF_A_KIND)),
      variance: cells(() => 0.1),
      itemVectors: {
        width: KINDS.length,
        data: Float32Array.from(
          { length: items * KINDS.length },
          (_, i) => Number(kinds[Math.floor(i / KINDS.length)] === i % KINDS.length) + 0.1 * vectors.normal(),
        ),
      },
      userVectors: { width: 1, data: Float32Array.from({ length: users }, () => vectors.normal()) },
      inversePropensity: false,
    },
  }
}
