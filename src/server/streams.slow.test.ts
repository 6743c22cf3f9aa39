import { once } from 'node:events'
import { type ClientRequest, type IncomingMessage, request } from 'node:http'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { shopWithStore } from '../../test/server/shop.ts'
import { type Listening, listen } from './listen.ts'

const BODY_MILLISECONDS = 1000
const server = shopWithStore()
let listening: Listening
beforeAll(async () => {
  listening = await listen(server.app, { port: 0, closeOnSignal: false, bodyMilliseconds: BODY_MILLISECONDS })
})
afterAll(() => listening.close())

function stream(accept: string): { readonly sent: ClientRequest; readonly answer: Promise<IncomingMessage> } {
  const headers = { 'Content-Type': 'application/x-ndjson', Accept: accept }
  const sent = request(`${listening.url}/v1/events`, { method: 'POST', headers })
  const answer = once(sent, 'response').then(([response]) => response as IncomingMessage)
  return { sent, answer }
}
const view = (id: string) => `${JSON.stringify({ source: 'stream', id, type: 'view', user: 'ann', item: 'b1' })}\n`

it('a stream goes on for longer than a body may, and each part is acknowledged when it is on disk', async () => {
  const { sent, answer } = stream('application/x-ndjson')
  const start = performance.now()
  sent.write(view('0'))
  const lines = createInterface(await answer)[Symbol.asyncIterator]()
  let count = 0
  do {
    const { accepted, sequence } = JSON.parse((await lines.next()).value ?? '') as {
      accepted: number
      sequence: string
    }
    expect(accepted).toBe(1)
    const { rows } = await server.store.events({ limit: 1, after: String(Number(sequence) - 1) })
    expect(rows[0].id).toBe(String(count++))
    sent.write(view(String(count)))
  } while (performance.now() - start < 2.5 * BODY_MILLISECONDS)
  sent.end('{"no event": 1}\n')
  let rejected = 0
  for await (const line of { [Symbol.asyncIterator]: () => lines }) rejected += JSON.parse(line).rejectedCount
  expect(rejected).toBe(1)
})

it('a stream in which nothing comes is ended, and what came before is kept', async () => {
  const { sent, answer } = stream('application/json')
  sent.write(view('silent'))
  const response = await answer
  expect(response.statusCode).toBe(408)
  expect((await server.store.history('ann', 1000)).events.map(({ id }) => id)).toContain('silent')
})

it('a body that does not arrive is not waited for, and others are answered meanwhile', async () => {
  const socket = connect(listening.port, '127.0.0.1')
  socket.write(
    'POST /v1/events HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{"events": [',
  )
  const other = await fetch(`${listening.url}/v1/events`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/x-ndjson' },
    body: view('other'),
  })
  expect(await other.json()).toMatchObject({ accepted: 1 })
  expect(await text(socket)).toMatch(/^HTTP\/1.1 408 /)
})

it('a client that hangs up in a stream leaves what was acknowledged', async () => {
  const { sent, answer } = stream('application/x-ndjson')
  sent.on('error', () => {})
  sent.write(view('cut'))
  const response = await answer
  response.on('error', () => {})
  const [acknowledged] = await once(response, 'data')
  sent.destroy()
  const { sequence } = JSON.parse(String(acknowledged)) as { sequence: string }
  const { rows } = await server.store.events({ limit: 1, after: String(Number(sequence) - 1) })
  expect(rows[0].id).toBe('cut')
  expect((await fetch(`${listening.url}/health`)).status).toBe(200)
})
