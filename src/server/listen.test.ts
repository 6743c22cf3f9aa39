import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import type { Scorer } from '../core/index.ts'
import { buildDataset } from '../data/index.ts'
import { Workbench } from '../workbench/index.ts'
import { createServer } from './app.ts'
import { type Listening, type ListenOptions, listen } from './listen.ts'

const dataset = buildDataset('shop', { user: ['ann', 'ann', 'bob'], item: ['a1', 'b1', 'a2'], domain: ['a', 'b', 'a'] })
const byId: Scorer = {
  async score(queries, { start, end }) {
    return Float32Array.from({ length: queries.length * (end - start) }, (_, index) => -(index % (end - start)))
  },
}

const opened: Listening[] = []
const errors: unknown[] = []
async function serve(model: Scorer = byId, options: Partial<ListenOptions> = {}): Promise<Listening> {
  const app = createServer({ models: [{ name: 'by-id', model, dataset }], onError: (error) => errors.push(error) })
  const listening = await listen(app, { port: 0, closeOnSignal: false, ...options })
  opened.push(listening)
  return listening
}
afterEach(async () => {
  expect(errors.splice(0)).toEqual([])
  await Promise.all(opened.splice(0).map((listening) => listening.close()))
})

/** A scorer that says when it is asked, and answers when told to. */
function held() {
  let open = () => {}
  const gate = new Promise<void>((resolve) => {
    open = resolve
  })
  let wasAsked = () => {}
  const asked = new Promise<void>((resolve) => {
    wasAsked = resolve
  })
  /** Of the questions that came from users. */
  const domains: string[] = []
  const scorer: Scorer = {
    async score(queries, range) {
      // The warm-up knows no user.
      if (queries.some(({ user }) => user !== undefined)) {
        domains.push(...queries.map(({ domain }) => dataset.domains[domain]))
        wasAsked()
        await gate
      }
      return byId.score(queries, range)
    },
  }
  return { scorer, asked, open, domains }
}

function ask(
  url: string,
  body: string | Uint8Array | ReadableStream = JSON.stringify({ domain: 'a', user: 'ann', maskSeen: false }),
) {
  return fetch(`${url}/v1/recommendations`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body,
    ...(body instanceof ReadableStream && { duplex: 'half' }),
  })
}

describe('listen', () => {
  it('answers over HTTP', async () => {
    const { url, port } = await serve()
    expect(url).toBe(`http://127.0.0.1:${port}`)
    const response = await ask(url)
    expect(response.status).toBe(200)
    expect(((await response.json()) as { items: unknown }).items).toEqual([
      { item: 'a1', score: 0, rank: 1, propensity: 1, source: 'model' },
      { item: 'a2', score: -1, rank: 2, propensity: 1, source: 'model' },
    ])
  })

  it('says that the port is taken', async () => {
    const { port } = await serve()
    const app = createServer({ models: [{ name: 'by-id', model: byId, dataset }] })
    await expect(listen(app, { port })).rejects.toMatchObject({
      code: 'port-in-use',
      message: expect.stringContaining(`port ${port} of 127.0.0.1`),
    })
  })

  it.each([
    ['a port that is none', { port: 70_000 }],
    ['the address of another machine', { port: 0, host: '192.0.2.1' }],
  ])('refuses %s', async (_, options) => {
    const app = createServer({ models: [{ name: 'by-id', model: byId, dataset }] })
    await expect(listen(app, options)).rejects.toMatchObject({ code: 'bad-argument' })
  })

  it('refuses a body of 10 MB, with a length and without, and goes on', async () => {
    const { url } = await serve()
    const large = new Uint8Array(10_000_000).fill(0x20)
    expect((await ask(url, large)).status).toBe(413)
    const streamed = new ReadableStream({
      start(controller) {
        for (let at = 0; at < large.length; at += 65_536) controller.enqueue(large.subarray(at, at + 65_536))
        controller.close()
      },
    })
    expect((await ask(url, streamed)).status).toBe(413)
    expect((await ask(url)).status).toBe(200)
  })

  it('lets no small body wait for one that was refused, whether its length is said or not', async () => {
    const { url } = await serve()
    const streamed = (body: string) =>
      new ReadableStream({
        start(controller) {
          controller.enqueue(Buffer.from(body))
          controller.close()
        },
      })
    const refused = JSON.stringify({ domain: 'a', user: 'nobody' })
    for (let request = 0; request < 8; request++) expect((await ask(url, streamed(refused))).status).toBe(422)
    const fine = JSON.stringify({ domain: 'a', user: 'ann' })
    const together = await Promise.all(Array.from({ length: 8 }, () => ask(url, streamed(fine))))
    expect(together.map(({ status }) => status)).toEqual(Array(8).fill(200))
  })

  it('survives a client that hangs up in the middle of its body', async () => {
    const { url, port } = await serve()
    const socket = connect(port, '127.0.0.1')
    socket.write(
      'POST /v1/recommendations HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{"dom',
    )
    await new Promise((resolve) => setTimeout(resolve, 20))
    socket.destroy()
    expect((await ask(url)).status).toBe(200)
  })

  it('answers a thousand connections, and others while a hundred of them say half a sentence and wait', async () => {
    const { url, port } = await serve()
    const body = JSON.stringify({ domain: 'a', user: 'ann' })
    const head = `POST /v1/recommendations HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`
    const clients = Array.from({ length: 1000 }, () => connect(port, '127.0.0.1'))
    const answers = clients.map(
      (client) =>
        new Promise<string>((resolve, reject) => {
          client.once('data', (text) => resolve(text.toString().slice(0, 15)))
          client.once('error', reject)
        }),
    )
    const slow = clients.slice(0, 100)
    for (const client of slow) client.write(head + body.slice(0, 9))
    for (const client of clients.slice(100)) client.write(head + body)
    const fine = 'HTTP/1.1 200 OK'
    expect(await Promise.all(answers.slice(100))).toEqual(Array(900).fill(fine))
    expect((await ask(url)).status).toBe(200)
    for (const client of slow) client.write(body.slice(9))
    expect(await Promise.all(answers.slice(0, 100))).toEqual(Array(100).fill(fine))
    for (const client of clients) client.destroy()
  })

  it('does not compute what a client that hung up had asked for', async () => {
    const { scorer, asked, open, domains } = held()
    const { url } = await serve(scorer)
    const first = ask(url)
    await asked
    const aborting = new AbortController()
    const dropped = Array.from({ length: 20 }, () =>
      fetch(`${url}/v1/recommendations`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ domain: 'b', user: 'ann' }),
        signal: aborting.signal,
      }),
    )
    // Answered after them, they were read before.
    await fetch(`${url}/health`)
    aborting.abort()
    await Promise.allSettled(dropped)
    await fetch(`${url}/health`)
    open()
    expect((await first).status).toBe(200)
    expect((await ask(url)).status).toBe(200)
    expect(domains).toEqual(['a', 'a'])
    expect(await (await fetch(`${url}/metrics`)).text()).not.toContain('status="500"')
  })
})

describe('the Host of a request', () => {
  /** The status and body of a GET whose headers are exactly these lines. */
  function raw(port: number, ...headers: string[]): Promise<string> {
    return new Promise((resolve, reject) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.write(['GET / HTTP/1.1', ...headers, 'Connection: close', '', ''].join('\r\n'))
      })
      let text = ''
      socket.on('data', (chunk) => {
        text += chunk
      })
      socket.on('end', () => resolve(text)).on('error', reject)
    })
  }

  it('is this machine where it listens on this machine alone, so that no web page can rebind its name', async () => {
    const { port } = await serve()
    for (const host of ['localhost', `LocalHost:${port}`, `127.0.0.1:${port}`, '[::1]'])
      expect(await raw(port, `Host: ${host}`)).toMatch(/^HTTP\/1.1 200 /)
    for (const host of ['evil.example', `evil.example:${port}`, 'localhost.evil.example', '127.0.0.1.evil.example']) {
      const answer = await raw(port, `Host: ${host}`)
      expect(answer).toMatch(/^HTTP\/1.1 421 /)
      expect(answer).toMatch(/^x-content-type-options: nosniff/im)
    }
    expect(await raw(port, 'Host: evil.example')).toContain('--allow-host evil.example')
  })

  it('may be another where that is allowed, and any where it listens for other machines', async () => {
    const { port } = await serve(byId, { allowedHosts: ['shop.example'] })
    expect(await raw(port, 'Host: Shop.example:80')).toMatch(/^HTTP\/1.1 200 /)
    expect(await raw(port, 'Host: localhost')).toMatch(/^HTTP\/1.1 200 /)
    expect(await raw(port, 'Host: evil.example')).toMatch(/^HTTP\/1.1 421 /)
    const open = await serve(byId, { host: '0.0.0.0' })
    expect(await raw(open.port, 'Host: shop.example')).toMatch(/^HTTP\/1.1 200 /)
    const closed = await serve(byId, { host: '0.0.0.0', allowedHosts: ['shop.example'] })
    expect(await raw(closed.port, 'Host: other.example')).toMatch(/^HTTP\/1.1 421 /)
  })

  it('stands there once', async () => {
    const { port } = await serve(byId, { host: '0.0.0.0' })
    const answer = await raw(port, 'Host: localhost', 'host: evil.example')
    expect(answer).toMatch(/^HTTP\/1.1 400 /)
    expect(answer).toContain('2 Host headers')
  })
})

describe('close', () => {
  it('ends the answers of those who only listen', async () => {
    const app = createServer({ models: [], workbench: new Workbench({ folders: [] }) })
    const listening = await listen(app, { port: 0, closeOnSignal: false })
    const response = await fetch(`${listening.url}/v1/stream`)
    const closed = listening.close()
    expect(await response.text()).toBe(': listening\n\n')
    await closed
  })

  it('answers what is in flight, takes nothing new, and then is closed', async () => {
    const { scorer, asked, open } = held()
    const { url, close, closed } = await serve(scorer)
    const inFlight = ask(url)
    await asked
    const closing = close()
    await expect(fetch(`${url}/health`)).rejects.toThrow()
    let isClosed = false
    void closed.then(() => {
      isClosed = true
    })
    await new Promise((resolve) => setTimeout(resolve, 20))
    expect(isClosed).toBe(false)
    open()
    expect((await inFlight).status).toBe(200)
    await closing
    await closed
    await close()
  })

  it('does not wait for connections that are kept alive', async () => {
    const { scorer, asked, open } = held()
    const { port, close } = await serve(scorer)
    const answered = new Promise<number | undefined>((resolve, reject) => {
      const headers = { 'Content-Type': 'application/json', Connection: 'keep-alive' }
      const request = httpRequest({ port, host: '127.0.0.1', method: 'POST', path: '/v1/recommendations', headers })
      request.on('response', (response) => response.resume().on('end', () => resolve(response.statusCode)))
      request.on('error', reject)
      request.end(JSON.stringify({ domain: 'a', user: 'ann' }))
    })
    await asked
    const start = performance.now()
    const closing = close()
    open()
    expect(await answered).toBe(200)
    await closing
    // Node alone would wait for the keep-alive timeout of five seconds.
    expect(performance.now() - start).toBeLessThan(2000)
  })
})
