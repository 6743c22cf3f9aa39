import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import type { Scorer } from '../../src/core/index.ts'
import { buildDataset } from '../../src/data/index.ts'
import type { ServerApp, ServerOptions } from '../../src/server/index.ts'
import { openStore } from '../../src/serving/store/open.ts'
import type { Store } from '../../src/serving/store/store.ts'
import { createServer } from './described.ts'

/** Two services of two items each, and a model for which all are alike. */
export const shop = buildDataset('shop', {
  user: ['ann', 'ann', 'bob', 'bob'],
  item: ['b1', 'f1', 'b2', 'f2'],
  domain: ['books', 'films', 'books', 'films'],
})
export const silent: Scorer = {
  score: async (queries, { start, end }) => new Float32Array(queries.length * (end - start)),
}

export interface Shop {
  readonly app: ServerApp
  readonly store: Store
  /** Each answer is held to the description of the API. */
  ask(path: string, init?: RequestInit): Promise<Response>
  /** Sends JSON; the status and the body that came back. */
  send(method: string, path: string, body?: unknown): Promise<{ readonly status: number; readonly body: unknown }>
}

/** A server with a store in a file, for the tests of a file. */
export function shopWithStore(options: Partial<ServerOptions> = {}): Shop {
  const opened = {} as { -readonly [Key in keyof Shop]: Shop[Key] }
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tributary-server-'))
    opened.store = await openStore(`sqlite:${join(folder, 'shop.db')}`)
    opened.app = createServer({
      models: [{ name: 'm', model: silent, dataset: shop }],
      store: opened.store,
      ...options,
    })
    opened.ask = async (path, init) => opened.app.request(path, init)
    opened.send = async (method, path, body) => {
      const headers = { 'Content-Type': 'application/json' }
      const answer = await opened.ask(path, {
        method,
        headers,
        ...(body !== undefined && { body: JSON.stringify(body) }),
      })
      return { status: answer.status, body: await answer.json() }
    }
  })
  afterAll(async () => {
    await opened.store.close()
    await rm(folder, { recursive: true })
  })
  return opened
}
