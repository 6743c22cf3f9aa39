// Trainings over an engine while workers, machines and databases die: what comes of it must be what one process makes.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { shopCsv } from '../e2e/shop.ts'
import { type Outcome, start, tributary } from '../e2e/tributary.ts'

const MODELS = ['sasrec:width=8:inner=8:patience=0', 'gru4rec:width=8:patience=0', 'bprmf:width=8:patience=0']

export interface Spread {
  readonly seeds: number
  readonly epochs: number
}

/** The words of a comparison of three models, in a folder with `shop`. */
export function comparison({ seeds, epochs }: Spread, engine: string): string[] {
  const models = MODELS.map((model) => `${model}:epochs=${epochs}:batchSize=16`).join(',')
  const asked = ['--seeds', String(seeds), '--least-users', '5', '--threads', '1']
  return ['compare', models, 'shop', '--out', 'compared', ...asked, '--on', engine]
}

/** A folder with a dataset, so that two of them are equal but for where they lie. */
export async function prepare(folder: string): Promise<string> {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'shop.csv'), shopCsv({ users: 60 }))
  const { code, stderr } = await tributary(['import', 'csv', 'shop.csv', '--out', 'shop'], { cwd: folder })
  if (code !== 0) throw new Error(stderr)
  return folder
}

/** Hashes of the weights by their paths, and the figures without the seconds that they took. */
export function outputs(folder: string): Record<string, string> {
  const found: Record<string, string> = {}
  const out = join(folder, 'compared')
  for (const path of readdirSync(out, { recursive: true, encoding: 'utf8' }).sort())
    if (path.endsWith('weights.safetensors'))
      found[path] = createHash('sha256')
        .update(readFileSync(join(out, path)))
        .digest('hex')
  const results = readFileSync(join(out, 'results.json'), 'utf8')
  return { ...found, 'results.json': results.replace(/"seconds":\s*[\d.]+/g, '"seconds":0') }
}

/** Looks again and again how many living processes train into each folder: the most that any had at once. */
export class Ownership {
  most = 0
  /** How often a training was begun, by its folder. */
  readonly begun = new Map<string, Set<number>>()
  #over = false
  readonly #watched: Promise<void>

  /** @param root of the comparison: other processes of this machine are not looked at */
  constructor(root: string) {
    this.#watched = this.#watch(root)
  }

  async #watch(root: string): Promise<void> {
    while (!this.#over) {
      const owners = new Map<string, number>()
      for (const { pid, out } of trainings(root)) {
        owners.set(out, (owners.get(out) ?? 0) + 1)
        this.begun.set(out, (this.begun.get(out) ?? new Set()).add(pid))
      }
      this.most = Math.max(this.most, ...owners.values())
      await pause(20)
    }
  }

  async end(): Promise<void> {
    this.#over = true
    await this.#watched
  }
}

/** The processes that train below a folder now. */
export function trainings(root: string): { readonly pid: number; readonly out: string }[] {
  return readdirSync('/proc').flatMap((name) => {
    const pid = Number(name)
    if (!Number.isInteger(pid)) return []
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')
      const place = words.indexOf('--out')
      const isNode = /node$/.test(words[0])
      const from = execFileSync('readlink', [`/proc/${pid}/cwd`], { encoding: 'utf8' }).trim()
      return isNode && words.includes('train') && place !== -1 && from === root ? [{ pid, out: words[place + 1] }] : []
    } catch {
      return [] // it has ended
    }
  })
}

/** Waits until a training that is on has written a file: its first line of metrics, or its first checkpoint (every ten seconds). */
export async function hasWritten(root: string, file: 'metrics.jsonl' | 'optimizer.safetensors'): Promise<void> {
  const isThere = () =>
    trainings(root).some(({ out }) => {
      const manifest = join(root, out, 'manifest.json')
      return existsSync(join(root, out, file)) && readFileSync(manifest, 'utf8').includes('"training"')
    })
  while (!isThere()) await pause(20)
}

/** Worker processes, of which any can be killed with its children; another then takes its place. */
export class Workers {
  readonly #words: readonly string[]
  readonly #cwd: string
  #running: ReturnType<typeof start>[] = []

  constructor(count: number, words: readonly string[], cwd: string) {
    this.#words = words
    this.#cwd = cwd
    for (let i = 0; i < count; i++) this.#begin()
  }

  #begin(): void {
    this.#running.push(start(this.#words, { cwd: this.#cwd }))
  }

  /** `kill -9` of one and of the processes that it began. @returns how many processes those were */
  killOne(which: number): number {
    const [worker] = this.#running.splice(which % this.#running.length, 1)
    const pid = worker.process.pid!
    let children: number[] = []
    try {
      children = execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' })
        .trim()
        .split('\n')
        .map(Number)
    } catch {
      // It had none.
    }
    for (const one of [pid, ...children])
      try {
        process.kill(one, 'SIGKILL')
      } catch {
        // It had just ended.
      }
    this.#begin()
    return 1 + children.length
  }

  async end(): Promise<Outcome[]> {
    for (const { process } of this.#running) process.kill('SIGTERM')
    return Promise.all(this.#running.map(({ ended }) => ended))
  }
}
