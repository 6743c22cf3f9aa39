import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll } from 'vitest'

export interface Asked {
  readonly url: string
  readonly authorization: string | undefined
  readonly body: {
    readonly model: string
    readonly messages?: readonly { readonly content: string }[]
    readonly input?: string[]
    readonly seed?: number
  }
}

export interface FakeEndpoint {
  readonly url: string
  readonly asked: Asked[]
  close(): Promise<void>
}

const open = new Set<Server>()
afterAll(() => {
  for (const server of open) {
    server.closeAllConnections()
    server.close()
  }
})

/** A real HTTP server that answers as `answer` says; `n` counts requests from 0. */
export async function endpoint(
  answer: (response: ServerResponse, asked: Asked, n: number) => void | Promise<void>,
): Promise<FakeEndpoint> {
  const asked: Asked[] = []
  const server = createServer(async (request: IncomingMessage, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const one = {
      url: request.url ?? '',
      authorization: request.headers.authorization,
      body: JSON.parse(Buffer.concat(chunks).toString()) as Asked['body'],
    }
    asked.push(one)
    await answer(response, one, asked.length - 1)
  })
  open.add(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections()
        server.close(() => resolve())
      }),
  }
}

export function say(
  response: ServerResponse,
  text: string,
  tokens: readonly [prompt: number, answer: number] = [10, 2],
): void {
  response.writeHead(200, { 'Content-Type': 'application/json' })
  response.end(
    JSON.stringify({
      choices: [{ index: 0, message: { role: 'assistant', content: text } }],
      usage: { prompt_tokens: tokens[0], completion_tokens: tokens[1] },
    }),
  )
}

export function fail(
  response: ServerResponse,
  status: number,
  message: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'Content-Type': 'application/json', ...headers })
  response.end(JSON.stringify({ error: { message } }))
}
