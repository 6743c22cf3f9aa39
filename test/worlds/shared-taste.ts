import type { World } from '../../src/contract/worlds.ts'
import { Part } from '../../src/core/index.ts'
import { buildDataset, evaluationCases, splitDataset } from '../../src/data/index.ts'
import { createRng } from '../../src/math/index.ts'

/** Domains, the share of events in each, and whose taste they follow. */
const DOMAINS = [
  { name: 'small', share: 1 / 6, taste: 'shared' },
  { name: 'big', share: 1 / 2, taste: 'shared' },
  { name: 'other', share: 1 / 3, taste: 'own' },
] as const
/** Tastes, and the items of each in a domain: so many are right that the first ten hold all of a taste, and by chance a quarter. */
const TASTES = 4
const ITEMS = 10

/**
 * Planted: a user has a taste in `small` and `big`, the same in both, and an independent one in `other`; an event takes an item of the taste,
 * or, with the share `noise`, any item of its domain. Order says nothing. What a model can reach is known (`bayesRates`): in `small`, where
 * users have few events, those in `big` help much; in `big` those in `small` help little; to `other` the rest is noise.
 */
export function sharedTasteWorld({ seed = 1, users = 600, events = 20, noise = 0.3 } = {}): World {
  const rng = createRng(seed).split('shared taste')
  const [user, item, domain]: [string[], string[], string[]] = [[], [], []]
  for (let u = 0; u < users; u++) {
    const own = rng.split(u)
    const taste = { shared: own.below(TASTES), own: own.below(TASTES) }
    for (let t = 0; t < events; t++) {
      const at = own.float()
      const { name, taste: follows } = at < 1 / 6 ? DOMAINS[0] : at < 2 / 3 ? DOMAINS[1] : DOMAINS[2]
      const group = own.float() < noise ? own.below(TASTES) : taste[follows]
      user.push(`user${String(u).padStart(4, '0')}`)
      item.push(`${name}-${group}-${own.below(ITEMS)}`)
      domain.push(name)
    }
  }
  const dataset = buildDataset('shared taste', { user, item, domain })
  return { dataset, split: splitDataset(dataset, 'leave-two-out') }
}

/**
 * Hit rates at 10, on the test part, of whoever knows the world and its rules, but of a user only the history: the events of the domain alone,
 * or all that tell of its taste. `expected` over the answers that could have been, which varies less, and `hit`, what it came to.
 */
export function bayesRates(
  { dataset, split }: World,
  domain: string,
  knows: 'domain' | 'all',
  noise = 0.3,
): { readonly expected: number; readonly hit: number } {
  const cases = evaluationCases(dataset, split, Part.test)
  const asked = dataset.domains.indexOf(domain)
  const taste = DOMAINS.find(({ name }) => name === domain)?.taste
  const telling = DOMAINS.filter(({ name, taste: other }) => name === domain || (knows === 'all' && other === taste))
  const likelihood = (right: boolean) => (right ? 1 - noise : 0) + noise / TASTES
  const partsOf = (id: number) => dataset.items.name(id).split('-')
  let [expected, hit, count] = [0, 0, 0]
  for (const [k, { domain: d, history }] of cases.queries.entries()) {
    if (d !== asked) continue
    const belief = new Array<number>(TASTES).fill(1 / TASTES)
    for (const id of history) {
      const [name, group] = partsOf(id)
      if (!telling.some((one) => one.name === name)) continue
      for (let g = 0; g < TASTES; g++) belief[g] *= likelihood(g === Number(group))
    }
    const total = belief.reduce((a, b) => a + b)
    const best = belief.indexOf(Math.max(...belief))
    expected += (belief[best] / total) * (1 - noise) + noise / TASTES
    if (Number(partsOf(cases.answers[k])[1]) === best) hit++
    count++
  }
  return { expected: expected / count, hit: hit / count }
}
