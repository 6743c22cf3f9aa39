import { open } from 'node:fs/promises'
import { ALL_DOMAINS, TributaryError, type Trust } from '../core/index.ts'
import { readError } from '../files/atomic.ts'
import { mean } from '../math/index.ts'
import { trustByEpoch } from '../runs/trust-log.ts'

/** The epochs of a training, or of one of its domains where these were trained one after the other. */
export interface Track {
  readonly domain?: string
  /** Ascending, each once. */
  readonly epochs: readonly number[]
  /** Of training, since its first epoch began. */
  readonly seconds: readonly number[]
  /** The last epoch that was the best so far. */
  readonly best: number | undefined
  /** How many are allowed. */
  readonly of: number | undefined
  /** By name: `losses/loss`, `validation/ndcg@10`, `simulation/free/rTra`, `trust/lambda/books`; NaN in an epoch without. */
  readonly columns: ReadonlyMap<string, readonly number[]>
}

/** What metrics.jsonl holds. */
export interface Curves {
  readonly tracks: readonly Track[]
  /** Why a part of the file is not in it. */
  readonly cautions: readonly string[]
}

/** Columns of a training beyond this are left out. */
const MOST_COLUMNS = 500
/** A signal of so many values is told by its mean. */
const MOST_KEYS = 64
const CHUNK_BYTES = 1 << 20
const MOST_LINE_BYTES = 32 << 20
/** What stood before the place where reading went on, to see that it is still there. */
const TAIL_BYTES = 256

/** A metrics.jsonl that is read as it grows: once read, only what came since. */
export class CurvesFile {
  readonly #path: string
  readonly #domains: () => Promise<readonly string[]>
  #tracks = new Map<string | undefined, Building>()
  #cautions: string[] = []
  #at = 0
  #lines = 0
  #tail: Buffer = Buffer.alloc(0)
  #ino = 0
  #reading: Promise<Curves> | undefined

  /** @param domains of the dataset, whose places trust is logged by */
  constructor(path: string, domains: () => Promise<readonly string[]> = async () => []) {
    this.#path = path
    this.#domains = domains
  }

  /** About how much memory it takes. */
  get bytes(): number {
    let numbers = 0
    for (const { epochs, columns } of this.#tracks.values()) numbers += epochs.length * (columns.size + 2)
    return 2_000 + 8 * numbers
  }

  /** @throws TributaryError `file-missing` where it cannot be read; a file that is not there is a training without an epoch */
  read(): Promise<Curves> {
    this.#reading ??= this.#readOn().finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  async #readOn(): Promise<Curves> {
    const file = await open(this.#path, 'r').catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
      throw readError(this.#path, error)
    })
    if (file === undefined) {
      this.#begin(0)
      return this.#curves()
    }
    try {
      const { ino, size } = await file.stat()
      const before = Buffer.alloc(this.#tail.length)
      await file.read(before, 0, before.length, this.#at - before.length)
      // Another file, or one that a resumed training cut and went on with.
      if (ino !== this.#ino || size < this.#at || !before.equals(this.#tail)) this.#begin(ino)
      const domains = await this.#domains()
      let rest = Buffer.alloc(0)
      for (let from = this.#at; from < size; ) {
        const chunk = Buffer.alloc(Math.min(CHUNK_BYTES, size - from))
        const { bytesRead } = await file.read(chunk, 0, chunk.length, from)
        if (bytesRead === 0) break
        from += bytesRead
        rest = Buffer.concat([rest, chunk.subarray(0, bytesRead)])
        const end = rest.lastIndexOf(0x0a) + 1
        if (end > 0) this.#take(rest.subarray(0, end), domains)
        rest = rest.subarray(end)
        if (rest.length <= MOST_LINE_BYTES) continue
        this.#caution(`line ${this.#lines + 1} is longer than ${MOST_LINE_BYTES >> 20} MiB; what follows is left out`)
        break
      }
      return this.#curves()
    } catch (error) {
      throw readError(this.#path, error)
    } finally {
      await file.close()
    }
  }

  #begin(ino: number): void {
    this.#tracks = new Map()
    this.#cautions = []
    this.#at = 0
    this.#lines = 0
    this.#tail = Buffer.alloc(0)
    this.#ino = ino
  }

  /** Whole lines. */
  #take(bytes: Buffer, domains: readonly string[]): void {
    for (let start = 0; start < bytes.length; ) {
      const end = bytes.indexOf(0x0a, start)
      this.#lines++
      this.#line(bytes.toString('utf8', start, end), domains)
      start = end + 1
    }
    this.#at += bytes.length
    this.#tail = Buffer.from(bytes.subarray(-TAIL_BYTES))
  }

  #line(text: string, domains: readonly string[]): void {
    const event = recordOf(text)
    if (event === undefined) this.#caution(`line ${this.#lines} is not a JSON object and is left out`)
    if (event?.type !== 'epoch' || typeof event.epoch !== 'number') return
    const domain = typeof event.domain === 'string' ? event.domain : undefined
    const track = this.#tracks.get(domain) ?? new Building()
    this.#tracks.set(domain, track)
    try {
      track.add(event.epoch, event, trustByEpoch([event], domains)[0]?.trust, domains)
    } catch {
      this.#caution(`line ${this.#lines} is not what a training writes and is left out`)
    }
  }

  #caution(reason: string): void {
    if (this.#cautions.length < 10) this.#cautions.push(`${this.#path}: ${reason}`)
  }

  #curves(): Curves {
    const tracks = [...this.#tracks].map(([domain, track]) => ({
      ...(domain !== undefined && { domain }),
      ...track.track(),
    }))
    return { tracks, cautions: this.#cautions }
  }
}

type JsonRecord = Readonly<Record<string, unknown>>

class Building {
  readonly epochs: number[] = []
  readonly columns = new Map<string, number[]>()
  readonly #seconds: number[] = []
  readonly #best: boolean[] = []
  #of: number | undefined

  /** The last line of an epoch counts: a resumed training may have written it twice. */
  add(epoch: number, event: JsonRecord, trust: Trust | undefined, domains: readonly string[]): void {
    while (this.epochs.length > 0 && this.epochs[this.epochs.length - 1] >= epoch) {
      this.epochs.pop()
      this.#seconds.pop()
      this.#best.pop()
      for (const column of this.columns.values()) column.length = Math.min(column.length, this.epochs.length)
    }
    const place = this.epochs.push(epoch) - 1
    this.#seconds.push(typeof event.seconds === 'number' ? event.seconds : 0)
    this.#best.push(event.best === true)
    if (typeof event.epochs === 'number') this.#of = event.epochs
    for (const kind of ['losses', 'validation'] as const)
      for (const [name, value] of numbersOf(event[kind])) this.#put(`${kind}/${name}`, place, value)
    for (const [mode, figures] of Object.entries(asRecord(event.simulation)))
      for (const [name, value] of numbersOf(figures)) this.#put(`simulation/${mode}/${name}`, place, value)
    for (const [name, value] of trusted(trust, domains)) this.#put(`trust/${name}`, place, value)
  }

  track(): Omit<Track, 'domain'> {
    let sum = 0
    const seconds = this.#seconds.map((own) => {
      sum += own
      return sum
    })
    for (const column of this.columns.values()) while (column.length < this.epochs.length) column.push(Number.NaN)
    return {
      epochs: this.epochs.slice(),
      seconds,
      best: this.epochs[this.#best.lastIndexOf(true)],
      of: this.#of,
      columns: this.columns,
    }
  }

  #put(name: string, place: number, value: number): void {
    const column = this.columns.get(name) ?? []
    if (column.length === 0 && this.columns.size >= MOST_COLUMNS) return
    this.columns.set(name, column)
    while (column.length < place) column.push(Number.NaN)
    column[place] = value
  }
}

function* trusted(trust: Trust | undefined, domains: readonly string[]): Generator<readonly [string, number]> {
  if (trust === undefined) return
  if (trust.scale !== undefined) yield ['scale', trust.scale]
  for (const { name, keys, values } of trust.signals) {
    const columns = Object.entries(keys)
    if (values.length > MOST_KEYS || columns.length === 0) {
      yield [columns.length === 0 ? name : `${name}/mean`, mean([...values].filter(Number.isFinite))]
      continue
    }
    for (const [i, value] of values.entries())
      yield [`${name}/${columns.map(([key, ids]) => keyText(key, ids[i], domains)).join(', ')}`, value]
  }
}

function keyText(key: string, id: number, domains: readonly string[]): string {
  if (key === 'domain') return id === ALL_DOMAINS ? 'all domains' : (domains[id] ?? `domain ${id}`)
  // Experts are counted from 1, as in papers.
  return key === 'expert' ? `expert ${id + 1}` : `${key} ${id}`
}

/**
 * So many points at most that draw the same line: the first and the last, and the smallest and the largest value of each stretch
 * between.
 * @param keep a place that stays in any case; none where it is below 0
 * @returns places, ascending
 */
export function downsample(values: readonly number[], points: number, keep = -1): number[] {
  if (points < 4) throw new TributaryError('bad-argument', `a curve takes 4 points or more, not ${points}`)
  if (values.length <= points) return [...values.keys()]
  const last = values.length - 1
  const kept = new Set([0, last, ...(keep < 0 ? [] : [keep])])
  const stretches = Math.floor((points - kept.size) / 2)
  for (let s = 0; s < stretches; s++) {
    const from = 1 + Math.floor((s * (last - 1)) / stretches)
    const until = 1 + Math.floor(((s + 1) * (last - 1)) / stretches)
    let [low, high] = [from, from]
    for (let i = from; i < until; i++) {
      if (!(values[i] >= values[low])) low = Number.isNaN(values[i]) ? low : i
      if (!(values[i] <= values[high])) high = Number.isNaN(values[i]) ? high : i
    }
    kept.add(low).add(high)
  }
  return [...kept].sort((a, b) => a - b)
}

function recordOf(text: string): JsonRecord | undefined {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonRecord) : undefined
  } catch {
    return undefined
  }
}

function asRecord(value: unknown): JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as JsonRecord) : {}
}

function numbersOf(value: unknown): [string, number][] {
  return Object.entries(asRecord(value)).filter((entry): entry is [string, number] => Number.isFinite(entry[1]))
}
