import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, type PostgresServer } from '../store/postgres-server.ts'

/** Why there is no Redis here; undefined where there is one. */
export const noRedis =
  spawnSync('redis-server', ['--version']).status === 0
    ? undefined
    : 'redis-server is not installed (Debian: apt-get install redis-server)'

/** A real Redis in a folder of its own, which writes every change to the disk before it answers. */
export async function startRedis(): Promise<PostgresServer> {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-redis-'))
  const port = await freePort()
  const settings = { port, dir: folder, bind: '127.0.0.1', appendonly: 'yes', appendfsync: 'always', save: '' }
  let running: ChildProcess | undefined
  const start = async () => {
    const words = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)])
    running = spawn('redis-server', words, { stdio: ['ignore', 'pipe', 'ignore'] })
    await new Promise<void>((resolve, reject) => {
      running!.once('exit', (code) => reject(new Error(`redis-server ended with code ${code}`)))
      running!.stdout!.setEncoding('utf8').on('data', (text: string) => {
        if (text.includes('Ready to accept connections')) resolve()
      })
    })
  }
  const endBy = async (signal: NodeJS.Signals) => {
    if (running === undefined || running.exitCode !== null || running.signalCode !== null) return
    const ended = once(running, 'exit')
    running.kill(signal)
    await ended
  }
  await start()
  return {
    url: `redis://127.0.0.1:${port}`,
    ...{ start, stop: () => endBy('SIGTERM'), crash: () => endBy('SIGKILL') },
    async end() {
      await endBy('SIGKILL')
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
