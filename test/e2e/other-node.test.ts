import { execFileSync } from 'node:child_process'
import { beforeAll, describe, expect, test } from 'vitest'
import { hasSqlite } from '../../src/serving/store/open.ts'
import { shopCsv } from './shop.ts'
import { createFolder, expectRefusal, start, writeText } from './tributary.ts'

// npm puts the Node of test/runtime first on the path of its scripts; it still says which one it was started with itself.
const node = process.env.npm_node_execpath ?? process.execPath
const version = execFileSync(node, ['--version'], { encoding: 'utf8' }).trim().slice(1)

describe.skipIf(version === process.versions.node)(
  `on the Node that npm was started with (${version}, where it is another than ${process.versions.node} of the suite)`,
  () => {
    const folder = createFolder()
    const run = (...args: string[]) => start(args, { cwd: folder, node }).ended
    beforeAll(() => writeText(folder, 'shop.csv', shopCsv({ users: 30 })))

    test('a log becomes a dataset, a run, a list and a server', async () => {
      for (const args of [
        ['import', 'csv', 'shop.csv', '--out', 'shop'],
        ['train', 'sasrec', 'shop', '--out', 'sasrec', '--set', 'epochs=1'],
        ['evaluate', 'sasrec'],
        ['recommend', 'sasrec', '--user', 'u1', '--domain', 'books', '-k', '3'],
      ])
        expect(await run(...args)).toMatchObject({ code: 0 })
      const server = start(['serve', 'sasrec', '--port', '0'], { cwd: folder, node })
      const [url] = await server.seen(/http:\/\/[\d.:a-z[\]]+/)
      const response = await fetch(`${url}/v1/recommendations`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ user: 'u1', domain: 'books', k: 3 }),
      })
      expect([response.status, ((await response.json()) as { items: unknown[] }).items.length]).toEqual([200, 3])
      server.process.kill('SIGTERM')
      expect(await server.ended).toMatchObject({ code: 0 })
    })

    test.skipIf(hasSqlite(version))('the embedded store says what it needs (of a Node without SQLite)', async () => {
      const sentence = `the store sqlite:shop.db needs Node 22.13 or newer, and this is ${version}; update Node, or keep events in Postgres`
      expectRefusal(await run('store', 'status', '--store', 'sqlite:shop.db'), [sentence])
      expectRefusal(await run('serve', 'sasrec', '--port', '0', '--store', 'sqlite:shop.db'), [sentence])
      expectRefusal(await run('store', 'status', '--store', 'postgres://127.0.0.1:1/shop'), ['is Postgres running?'])
    })
  },
)
