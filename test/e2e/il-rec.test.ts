import { execFile } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { beforeAll, expect, test } from 'vitest'
import { writeDataset } from '../../src/data/index.ts'
import { drawnRewards, simulatedWorld } from '../worlds/simulated-worlds.ts'
import { createFolder, start, tributary, tributaryJson, writeText } from './tributary.ts'

const folder = createFolder()
const guarded = { NODE_OPTIONS: `--import ${pathToFileURL(join(folder, 'guard.mjs')).href}` }
const calls = join(folder, 'calls.txt')

beforeAll(async () => {
  await writeDataset(simulatedWorld({ rewards: drawnRewards(12, 15) }), join(folder, 'world'))
  // Whoever connects to anything is written down.
  writeText(
    folder,
    'guard.mjs',
    `import { appendFileSync } from 'node:fs'
import { Socket } from 'node:net'
const { connect } = Socket.prototype
Socket.prototype.connect = function (...args) {
  appendFileSync(${JSON.stringify(calls)}, JSON.stringify(args[0]) + '\\n')
  return connect.apply(this, args)
}
`,
  )
  const settled = async (...args: string[]) => {
    const { code, stderr } = await tributary(args, { cwd: folder })
    expect(code, stderr).toBe(0)
  }
  await settled('train', 'als', 'world', '--out', 'believed')
  await settled('demonstrate', 'world', '--from', 'log', '--out', 'shown')
  const options = { worldModel: 'believed', demonstrations: 'shown', preset: 'paper', epochs: 2, episodesPerEpoch: 20 }
  const small = { ...options, maxLength: 5, width: 8, discriminatorEvery: 5, weighEvery: 5, selectEpisodes: 5 }
  const set = Object.entries(small).flatMap(([name, value]) => ['--set', `${name}=${value}`])
  await settled('train', 'il-rec', 'world', '--out', 'run', ...set)
})

test('a policy that learned from demonstrations tells which of them counted', async () => {
  const { of, signals } = await tributaryJson<{ of: string; signals: { name: string }[] }>(['explain', 'run'], folder)
  expect(of).toBe('demonstration')
  expect(signals.map(({ name }) => name)).toEqual(['weight', 'environment', 'imitation'])
  const { stdout } = await tributary(['explain', 'run'], { cwd: folder })
  expect(stdout).toContain('w_env')
})

test('it answers without the network, whatever it learned from', async () => {
  const server = start(['serve', 'run', '--port', '0'], { cwd: folder, env: guarded })
  const [url] = await server.seen(/http:\/\/[\d.:a-z[\]]+/)
  const headers = { 'Content-Type': 'application/json' }
  for (const history of [[], ['i0003', 'i0001']]) {
    const body = JSON.stringify({ user: 'u0004', domain: 'shop', history, k: 3 })
    const response = await fetch(`${url}/v1/recommendations`, { method: 'POST', headers, body })
    const { items } = (await response.json()) as { items: unknown[] }
    expect(items).toHaveLength(3)
  }
  server.process.kill('SIGTERM')
  expect(await server.ended).toMatchObject({ code: 0 })
  expect(existsSync(calls)).toBe(false)
  // The guard sees whoever does connect.
  const asking = ['-e', "fetch('http://127.0.0.1:65001').catch(() => {})"]
  await promisify(execFile)(process.execPath, asking, { env: { ...process.env, ...guarded } })
  expect(readFileSync(calls, 'utf8')).toContain('127.0.0.1')
})
