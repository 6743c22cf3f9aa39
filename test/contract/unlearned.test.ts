import { describe, expect, it } from 'vitest'
import { titleOf } from '../../src/contract/hold.ts'
import { policyWorld } from '../../src/contract/policy-world.ts'
import { ratedWorld } from '../../src/contract/rated-worlds.ts'
import { createModel } from '../../src/contract/train-in-memory.ts'
import { twoDomainCopyWorld, type World } from '../../src/contract/worlds.ts'
import {
  allItems,
  domainItems,
  domainOfItem,
  itemCategories,
  type Model,
  Part,
  type Query,
  ranksItems,
} from '../../src/core/index.ts'
import { EXPECTATIONS } from './expectations.ts'

// What holds here holds for any weights, so nothing is trained: vectors are as random as those of a user who never learned.

/** No row of user 0 is trained on, nor any of every third item, nor any of a domain where one is named. */
function withoutRows({ dataset, split }: World, domain = -1): World {
  const { user, item } = dataset.log
  const isLeftOut = (row: number) =>
    user[row] === 0 || item[row] % 3 === 0 || domainOfItem(dataset, item[row]) === domain
  const part = split.part.map((code, row) => (code === Part.train && isLeftOut(row) ? Part.unused : code))
  // Without a column of its own, so that every reader of the data goes by the split.
  return { dataset, split: { ...split, part } }
}

/** Why a cold user has an answer of their own nevertheless, by title. */
const KNOWN_USERS: Readonly<Record<string, string>> = {
  random: 'it draws for each user',
  'il-rec': 'the truth lists the user, so it acted with them',
  'dqn that knows the user and chooses by the target network': 'the truth lists the user, so it acted with them',
  'mbpo that knows the user and multiplies vectors': 'the truth lists the user, so it acted with them',
}

describe.each(EXPECTATIONS.map(({ spec, expectation }) => [titleOf(spec, expectation), spec, expectation] as const))(
  '%s',
  (title, spec, { set = {} }) => {
    const { task, unlearned } = spec
    const worlds = { ranking: twoDomainCopyWorld, policy: policyWorld, ctr: ratedWorld, rating: ratedWorld }
    const whole: World = worlds[task]()
    const world = withoutRows(whole)
    const { dataset } = world
    const catalogue = allItems(dataset)
    const domain = dataset.domains.length - 1
    const items = Array.from({ length: catalogue.end - catalogue.start }, (_, i) => catalogue.start + i)
    const trained = new Set(dataset.log.item.filter((_, row) => world.split.part[row] === Part.train))
    const cold = items.filter((item) => !trained.has(item))
    const known = items.filter((item) => trained.has(item)).slice(0, 5)
    const asked = async (queries: readonly Query[], on = world) => {
      const model: Model = createModel(spec, set, on)
      const scores = await model.score(queries, catalogue)
      await model.dispose()
      return queries.map((_, q) => scores.subarray(q * items.length, (q + 1) * items.length))
    }

    it.skipIf(title in KNOWN_USERS)(
      `answers a user without training rows as a newcomer${title in KNOWN_USERS ? `: ${KNOWN_USERS[title]}` : ''}`,
      async () => {
        const history = Int32Array.from(known)
        const [cold, newcomer] = await asked([
          { user: 0, history, domain },
          { history, domain },
        ])
        expect(cold).toEqual(newcomer)
      },
    )

    const byItself = ranksItems(task) && unlearned !== undefined
    const because = byItself ? `: ${unlearned}` : ''

    it.skipIf(byItself)(`reads no item without training rows in a history${because}`, async () => {
      const values = (length: number) => new Float32Array(length).fill(5)
      const query = (history: readonly number[]) => ({
        user: 1,
        history: Int32Array.from(history),
        domain,
        ...(dataset.log.value && { values: values(history.length) }),
      })
      const [none, coldOnly, own, mixed] = await asked([
        query([]),
        query(cold.slice(0, 3)),
        query(known),
        query([cold[0], ...known, cold[1]]),
      ])
      expect(coldOnly).toEqual(none)
      expect(mixed).toEqual(own)
    })

    it.skipIf(byItself)(`has no order among items without training rows${because}`, async () => {
      const { ofItem } = itemCategories(dataset)
      const [scores] = await asked([{ user: 1, history: Int32Array.from(known), domain }])
      const score = (item: number) => scores[item - catalogue.start]
      for (const d of dataset.domains.keys()) {
        const { start, end } = domainItems(dataset, d)
        const own = cold.filter((item) => item >= start && item < end)
        const alike = (item: number) => own.filter((other) => ranksItems(task) || ofItem[other] === ofItem[item])
        for (const item of own)
          for (const other of alike(item)) expect(score(other), `${item}, ${other}`).toBe(score(item))
        if (!ranksItems(task) || d !== domain) continue
        for (let item = start; item < end; item++)
          if (trained.has(item)) expect(score(item)).toBeGreaterThan(score(own[0]))
      }
    })

    it.skipIf(byItself || task === 'ctr' || task === 'rating')(
      `has no order in a domain without training rows${because}`,
      async () => {
        const [scores] = await asked([{ user: 1, history: new Int32Array(0), domain: 0 }], withoutRows(whole, 0))
        const { start, end } = domainItems(dataset, 0)
        expect(new Set(scores.subarray(start - catalogue.start, end - catalogue.start)).size).toBe(1)
      },
    )
  },
)
