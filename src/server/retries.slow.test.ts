import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { json } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { shopWithStore } from '../../test/server/shop.ts'
import { createRng } from '../math/rng.ts'
import { type Listening, listen } from './listen.ts'

const REQUESTS = 600
const EVENTS_A_REQUEST = 3
/** Of the first attempts. The acceptance asks for one in a hundred; more of them say more in less time. */
const CUT = 0.05

const server = shopWithStore()
const agent = new Agent({ keepAlive: true, maxSockets: 16 })
let listening: Listening
beforeAll(async () => {
  listening = await listen(server.app, { port: 0, closeOnSignal: false })
})
afterAll(async () => {
  agent.destroy()
  await listening.close()
})

/** Sends a body; where the client is cut off right after sending, nobody learns what became of it. */
async function send(body: string, isCut: boolean): Promise<Record<string, number> | 'cut'> {
  const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }
  const sent = request(`${listening.url}/v1/events`, { method: 'POST', headers, agent: isCut ? false : agent })
  const answered = once(sent, 'response').catch((error: Error) => error)
  await new Promise<void>((resolve) => sent.end(body, () => resolve()))
  if (isCut) {
    sent.destroy()
    return 'cut'
  }
  const answer = await answered
  if (answer instanceof Error) throw answer
  expect(answer[0].statusCode).toBe(200)
  return (await json(answer[0])) as Record<string, number>
}

it('every request sent twice, some cut after sending: each event counts once, and no value is doubled', async () => {
  const rng = createRng(7)
  const bodies = Array.from({ length: REQUESTS }, (_, r) => ({
    events: Array.from({ length: EVENTS_A_REQUEST }, (_, e) => ({
      source: 'shop',
      id: `${r}-${e}`,
      type: 'purchase',
      user: `user${rng.below(20)}`,
      item: rng.below(2) === 0 ? 'b1' : 'f1',
      value: 1 + rng.below(5),
    })),
  }))
  const cuts = bodies.map(() => rng.float() < CUT)
  let told = { accepted: 0, duplicates: 0, conflicts: 0 }
  const attempt = async (index: number, isCut: boolean) => {
    const answer = await send(JSON.stringify(bodies[index]), isCut)
    if (answer === 'cut') return
    const { accepted, duplicates, conflicts } = told
    told = {
      accepted: accepted + answer.accepted,
      duplicates: duplicates + answer.duplicates,
      conflicts: conflicts + answer.conflicts,
    }
  }
  // The second attempt may overtake the first.
  await Promise.all(bodies.flatMap((_, r) => [attempt(r, cuts[r]), attempt(r, false)]))

  const events = bodies.flatMap(({ events }) => events)
  const kept = new Map<string, number | undefined>()
  let rows = 0
  for (let after: string | undefined, isLast = false; !isLast; ) {
    const page = await server.store.events({ limit: 1000, after })
    for (const { id, value } of page.rows) kept.set(id, value)
    rows += page.rows.length
    after = page.next
    isLast = after === undefined
  }
  expect(rows).toBe(events.length)
  expect(kept).toEqual(new Map(events.map(({ id, value }) => [id, value])))
  expect(told.conflicts).toBe(0)
  const cut = cuts.filter(Boolean).length
  expect(cut).toBeGreaterThan(0)
  expect(told.accepted + told.duplicates).toBe((2 * REQUESTS - cut) * EVENTS_A_REQUEST)
  expect(told.accepted).toBeLessThanOrEqual(events.length)
})
