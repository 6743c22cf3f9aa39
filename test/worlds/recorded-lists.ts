import { createRng } from '../../src/math/index.ts'
import { toQuestion } from '../../src/serving/ask.ts'
import { Catalogue } from '../../src/serving/catalogue.ts'
import { compose, type Plan } from '../../src/serving/compose.ts'
import { decisionId, toDecision } from '../../src/serving/decisions.ts'
import { storeHistories } from '../../src/serving/histories.ts'
import { askingTogether } from '../../src/serving/logged/redrawn.ts'
import type { ServedModel } from '../../src/serving/models.ts'
import type { NewEvent, Store } from '../../src/serving/store/store.ts'

export interface Recorded {
  /** Take turns. */
  readonly models: readonly ServedModel[]
  /** Milliseconds since 1970, of the first list; one a minute. */
  readonly since: number
  readonly users: number
  /** Lists of each user. */
  readonly rounds: number
  readonly k: number
  /** How probable it is that an item is bought where it stands. */
  readonly buys: (item: string, rank: number) => number
}

/**
 * What a server would record: lists of users who come back, newcomers at first, and buy now and then, each time in the next service. The
 * same in every run.
 * @returns what a list of a service earned
 */
export async function recordLists(
  store: Store,
  { models, since, users, rounds, k, buys }: Recorded,
): Promise<(domain: string) => number> {
  const histories = storeHistories(store)
  const [{ dataset }] = models
  const { domains } = dataset
  const kitchen = new Catalogue().of(dataset)
  const rng = createRng(5).split(...models.map(({ name }) => name))
  const bought = new Map<string, number>()
  let at = since
  for (let round = 0; round < rounds; round++) {
    const told: NewEvent[] = []
    for (let u = 0; u < users; u++) {
      at += 60_000
      const [user, domain] = [`new${u}`, domains[(u + round) % domains.length]]
      const model = models[(Math.floor(u / 2) + round) % models.length]
      const id = decisionId(
        at,
        Uint8Array.from({ length: 16 }, () => rng.below(256)),
      )
      const asked = { user, domain, ignoreUnknown: true }
      const question = await toQuestion(asked, dataset, { histories })
      const { policy = { kind: 'greedy' } } = model
      const none = { fresh: false, fill: [], filters: [], pin: [], exclude: [] }
      const plan: Plan = { domain, k, maskSeen: false, policy, ...none }
      const of = { ...kitchen, ask: askingTogether(model), source: 'model' as const }
      const list = await compose(of, question.query, plan, { seed: id, now: at })
      store.putDecision(toDecision({ id, at, model, asked, question, plan, list }))
      const events = list.items
        .filter(({ item, rank }) => rng.float() < buys(item, rank))
        .map(({ item }) => ({ id: `${id} ${item}`, item, user, recommendation: id, timestamp: at + 1 }))
      bought.set(domain, (bought.get(domain) ?? 0) + events.length)
      told.push(...events.map((event) => ({ ...event, source: 'test', type: 'purchase' })))
    }
    await store.appendEvents(told)
  }
  await store.flush()
  return (domain) => (bought.get(domain) ?? 0) / ((rounds * users) / domains.length)
}
