import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, it } from 'vitest'
import { commandsIn, tributaryArguments } from '../docs/commands.ts'
import { readPage } from '../docs/pages.ts'
import { shopCsv } from './shop.ts'
import { createFolder, start, tributary } from './tributary.ts'

it("runs README's way from logs to a server, line by line", async () => {
  const folder = createFolder()
  const log = shopCsv({ users: 24, rowsPerUser: 10 })
    .replace('user,item,domain,timestamp', 'customer,sku,department,bought_at')
    .replaceAll(/^u7,/gm, '4711,')
  writeFileSync(join(folder, 'shop.csv.gz'), gzipSync(log))

  const block = readPage('README.md').blocks.find(({ text }) => text.includes('tributary import csv shop.csv.gz'))!
  const commands = commandsIn(block).flatMap(({ words }) => {
    const args = tributaryArguments(words)
    return args === undefined ? [] : [args]
  })
  expect(commands.map(([command]) => command)).toEqual(
    expect.arrayContaining(['import', 'compare', 'train', 'evaluate', 'recommend', 'transfer', 'serve']),
  )
  for (const args of commands) {
    if (args[0] === 'serve') continue
    const { code, stdout, stderr } = await tributary(args, { cwd: folder })
    expect(code, `${args.join(' ')}\n${stderr}`).toBe(0)
    expect(stdout).not.toBe('')
  }

  const serve = commands.find(([command]) => command === 'serve')!
  const server = start(
    serve.map((word) => (word === '8080' ? '0' : word)),
    { cwd: folder },
  )
  const [, address] = await server.seen(/(http:\/\/[\d.]+:\d+)/)
  expect((await fetch(`${address}/health`)).status).toBe(200)
  server.process.kill('SIGTERM')
  expect((await server.ended).code).toBe(0)
}, 600_000)
