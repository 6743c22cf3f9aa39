import { expect, test } from 'vitest'
import { hasSqlite } from '../../src/serving/store/open.ts'
import { shopCsv } from './shop.ts'
import { createFolder, start, tributary, writeText } from './tributary.ts'

interface Answer {
  readonly model: string
  readonly historySequence?: string
  readonly items: readonly { readonly item: string }[]
}

test.skipIf(!hasSqlite())(
  'what one server of a store acknowledges, another answers by: events at once, items and aliases when it next looks',
  async () => {
    const cwd = createFolder()
    writeText(cwd, 'shop.csv', shopCsv({ users: 40 }))
    const does = async (...args: string[]) => expect(await tributary(args, { cwd })).toMatchObject({ code: 0 })
    await does('import', 'csv', 'shop.csv', '--out', 'shop')
    for (const model of ['popularity', 'item-knn']) await does('train', model, 'shop', '--out', `runs/${model}`)

    const replica = async () => {
      const served = ['runs/popularity', 'runs/item-knn', '--store', 'sqlite:shop.db', '--runs', 'runs']
      const server = start(['serve', ...served, '--port', '0'], { cwd })
      const [url] = await server.seen(/http:\/\/[\d.:a-z[\]]+/)
      const send = async <T>(method: string, path: string, body: object) => {
        const headers = { 'Content-Type': 'application/json' }
        const response = await fetch(`${url}/v1${path}`, { method, headers, body: JSON.stringify(body) })
        expect(response.status, await response.clone().text()).toBeLessThan(300)
        return (await response.json()) as T
      }
      const ask = (model?: string) =>
        send<Answer>('POST', '/recommendations', { user: 'zoe', domain: 'books', k: 5, model })
      return { server, send, ask }
    }
    const [a, b] = [await replica(), await replica()]

    const [first] = (await b.ask()).items
    const event = { source: 'test', id: '1', type: 'view', user: 'zoe', item: first.item }
    const { sequence } = await a.send<{ sequence: string }>('POST', '/events', { events: [event] })
    const seen = await b.ask()
    expect(seen.historySequence).toBe(sequence)
    expect(seen.items.map(({ item }) => item)).not.toContain(first.item)

    // Others look at the store now and then, so how soon is asked until it is so, and held to a generous bound.
    const within = async (holds: () => Promise<boolean>) => {
      const asked = Date.now()
      while (!(await holds())) expect(Date.now() - asked).toBeLessThan(60_000)
    }
    const [second] = seen.items
    await a.send('PUT', `/items/${second.item}`, { domain: 'books', hidden: true })
    await within(async () => !(await b.ask()).items.some(({ item }) => item === second.item))

    await a.send('PUT', '/aliases/champion', { model: 'item-knn' })
    const answering = async () => {
      const response = await b.send<Answer>('POST', '/recommendations', { domain: 'books', model: 'champion' })
      return response.model
    }
    await within(() =>
      answering().then(
        (model) => model.startsWith('item-knn@'),
        () => false,
      ),
    )

    for (const { server } of [a, b]) {
      server.process.kill('SIGTERM')
      expect(await server.ended).toMatchObject({ code: 0 })
    }
  },
)
