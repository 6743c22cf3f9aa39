import type { World } from '../../src/contract/worlds.ts'
import { buildDataset, splitDataset } from '../../src/data/index.ts'
import { createRng } from '../../src/math/index.ts'

export interface WeighedSources extends World {
  /** Whether what a user does in a source tells what the user will like in the target; of users by id, for each domain by its id. */
  readonly informs: (user: number, domain: number) => boolean
}

/**
 * Planted: a user has a taste in the target. `teaching` shows it, for all users, in few rows. `half` shows it in many rows for half of the users;
 * the others have another taste there, drawn by itself. Which users are which is seen there in what they like and in their vectors: one half
 * likes what the other does not. `misleading` has a taste of its own for all. Not every user is known in the last two. Must be found by whoever
 * weighs sources: teaching always, half for its half, misleading never.
 * @param others so many more sources have tastes of their own; −1 leaves `half` out
 */
export function weighedSources({ seed = 1, users = 500, items = 40, noise = 0.7, others = 0 } = {}): WeighedSources {
  const rng = createRng(seed).split('weighed sources')
  const names = [
    'half',
    'misleading',
    'target',
    'teaching',
    ...Array.from({ length: Math.max(0, others) }, (_, i) => `other${i}`),
  ]
  const columns = { user: [] as string[], item: [] as string[], domain: [] as string[], value: [] as number[] }
  const pair = (of: { normal(): number }) => [of.normal(), of.normal()] as const
  const look = new Map(
    names.map((domain) => {
      const own = rng.split('items', domain)
      return [domain, Array.from({ length: items }, () => ({ taste: pair(own), manner: own.normal() }))]
    }),
  )
  const name = (user: number) => `user${String(user).padStart(4, '0')}`
  for (let user = 0; user < users; user++) {
    const own = rng.split('user', user)
    const taste = pair(own)
    const tells = user % 2 === 0
    const rate = (domain: string, rows: number, [x, y]: readonly [number, number], manner: number) => {
      const chosen = own.shuffle(Int32Array.from({ length: items }, (_, i) => i)).subarray(0, rows)
      for (const i of chosen) {
        const item = look.get(domain)![i]
        columns.user.push(name(user))
        columns.item.push(`${domain}-${i}`)
        columns.domain.push(domain)
        columns.value.push(3 + x * item.taste[0] + y * item.taste[1] + manner * item.manner + noise * own.normal())
      }
    }
    rate('target', 8, taste, 0)
    rate('teaching', 6, taste, 0)
    const inHalf = own.float() < 0.7
    if (inHalf && others >= 0) rate('half', 16, tells ? taste : pair(own), tells ? 1.5 : -1.5)
    if (own.float() < 0.7) rate('misleading', 16, pair(own), 0)
    for (let i = 0; i < others; i++) if (own.float() < 0.5) rate(`other${i}`, 8, pair(own), 0)
  }
  const dataset = buildDataset('weighed sources', columns)
  const [half, teaching] = ['half', 'teaching'].map((domain) => dataset.domains.indexOf(domain))
  return {
    dataset,
    split: splitDataset(dataset, 'cold-users:0.2:target'),
    informs: (user, domain) =>
      domain === teaching || (domain === half && Number(dataset.users.name(user).slice(4)) % 2 === 0),
  }
}
