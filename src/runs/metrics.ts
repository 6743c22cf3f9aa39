import { createHash, type Hash } from 'node:crypto'
import { open, stat, truncate } from 'node:fs/promises'
import { z } from 'zod'
import { TributaryError } from '../core/index.ts'
import { readFileBytes, writeError } from '../files/atomic.ts'

/** A place in metrics.jsonl, and what the file held up to it. */
export interface MetricsPosition {
  readonly metricsBytes: number
  /** SHA-256; checkpoints of older versions have none. */
  readonly metricsHash?: string | undefined
}

/** Whoever looks on does not wait longer for an epoch that has ended. */
const WAIT_MILLISECONDS = 1_000

/** The lines of metrics.jsonl. They reach the disk a few at a time. */
export class MetricsFile {
  readonly path: string
  #bytes = 0
  /** Of what is on disk; unknown in a file that was there already, until it goes back to a position. */
  #hash: Hash | undefined = createHash('sha256')
  #waiting: string[] = []
  #flushed = Number.NEGATIVE_INFINITY

  constructor(path: string) {
    this.path = path
  }

  /** A file that may be there already; nothing in it is changed. */
  static async open(path: string): Promise<MetricsFile> {
    const metrics = new MetricsFile(path)
    const size = await stat(path).then(
      ({ size }) => size,
      () => 0,
    )
    metrics.#bytes = size
    if (size > 0) metrics.#hash = undefined
    return metrics
  }

  async append(record: Readonly<Record<string, unknown>>): Promise<void> {
    this.#waiting.push(`${JSON.stringify(record)}\n`)
    if (this.#waiting.length >= 32 || performance.now() - this.#flushed >= WAIT_MILLISECONDS) await this.flush()
  }

  async flush(): Promise<void> {
    if (this.#waiting.length === 0) return
    const bytes = Buffer.from(this.#waiting.join(''))
    try {
      const file = await open(this.path, 'a')
      try {
        await file.appendFile(bytes)
        await file.sync()
      } finally {
        await file.close()
      }
    } catch (error) {
      throw writeError(this.path, error)
    }
    this.#hash?.update(bytes)
    this.#bytes += bytes.length
    this.#waiting = []
    this.#flushed = performance.now()
  }

  /**
   * Every line in order, without a last one that a killed process did not finish.
   * @throws TributaryError `file-damaged` for a line that is not a JSON object
   */
  async read(): Promise<Record<string, unknown>[]> {
    await this.flush()
    return this.#bytes === 0 ? [] : this.#parse(await readFileBytes(this.path))
  }

  /** Where it ends now. */
  async position(): Promise<MetricsPosition> {
    await this.flush()
    return { metricsBytes: this.#bytes, ...(this.#hash && { metricsHash: this.#hash.copy().digest('hex') }) }
  }

  /**
   * Goes back to a position; nothing is changed when what is before it is not what it was.
   * @throws TributaryError `file-damaged`
   */
  async backTo({ metricsBytes, metricsHash }: MetricsPosition): Promise<void> {
    const damaged = (reason: string) => new TributaryError('file-damaged', `${this.path} ${reason}`)
    if (this.#bytes < metricsBytes)
      throw damaged(`has ${this.#bytes} bytes, but the checkpoint was made when it had ${metricsBytes}`)
    const before = metricsBytes === 0 ? new Uint8Array() : (await readFileBytes(this.path)).subarray(0, metricsBytes)
    if (metricsBytes > 0 && before.at(-1) !== 0x0a) throw damaged('has no line that ends where the checkpoint was made')
    this.#parse(before)
    const hash = createHash('sha256').update(before)
    if (metricsHash !== undefined && metricsHash !== hash.copy().digest('hex'))
      throw damaged('is not what the run wrote before the checkpoint (its SHA-256 differs)')
    this.#waiting = []
    if (this.#bytes > metricsBytes) await truncate(this.path, metricsBytes)
    this.#bytes = metricsBytes
    this.#hash = hash
  }

  #parse(bytes: Uint8Array): Record<string, unknown>[] {
    const lines = Buffer.from(bytes).toString().split('\n').slice(0, -1)
    return lines.map((line, index) => {
      const record = z.record(z.string(), z.unknown()).safeParse(parseJson(line))
      if (record.success) return record.data
      throw new TributaryError('file-damaged', `line ${index + 1} of ${this.path} is not a JSON object`)
    })
  }
}

export function parseJson(text: string | undefined): unknown {
  try {
    return text === undefined ? undefined : JSON.parse(text)
  } catch {
    return undefined
  }
}
