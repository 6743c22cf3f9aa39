import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { TributaryError } from '../core/index.ts'
import { readFileBytes } from '../files/atomic.ts'
import { type Found, inParallel, stampOf } from './folders.ts'

/** A results.json of `compare` or `quickstart`, as a list has it. */
export interface ComparisonSummary {
  /** Of its folder. */
  readonly id: string
  /** Of the file, as a command would name it. */
  readonly path: string
  /** Milliseconds since 1970. */
  readonly changed: number
  readonly dataset: string
  readonly measure: string
  readonly metric: string
  /** The protocol as a sentence. */
  readonly described: string
  readonly models: readonly { readonly name: string; readonly seeds: readonly number[] }[]
  /** The one that the others are held against. */
  readonly against: string
  /** Who have cases. */
  readonly allUsers: number
}

const RESULTS = 'results.json'
const MOST_BYTES = 64 * 2 ** 20

const schema = z.object({
  dataset: z.string(),
  measure: z.string(),
  metric: z.string(),
  described: z.string(),
  models: z.record(z.string(), z.object({ seeds: z.array(z.number()) })),
  against: z.string(),
  allUsers: z.number(),
})

/** The comparisons that were written below folders; each file is read again where it has changed. */
export class Comparisons {
  #known = new Map<string, { readonly stamp: string; readonly summary: ComparisonSummary | undefined }>();

  /** The last one first; other files of that name are left out. */
  async in(found: readonly Found[]): Promise<ComparisonSummary[]> {
    const before = this.#known
    this.#known = new Map()
    const folders = found.filter(({ files }) => files.has(RESULTS))
    const summaries = await inParallel(folders, async ({ id, path }) => {
      const place = join(path, RESULTS)
      const there = await stat(place).catch(() => undefined)
      if (there === undefined) return undefined
      const stamp = `${id} ${stampOf(there)}`
      const known = before.get(place)
      const summary =
        known?.stamp === stamp
          ? known.summary
          : await summaryOf(id, place, there.mtimeMs, there.size).catch(() => undefined)
      this.#known.set(place, { stamp, summary })
      return summary
    })
    return summaries.flatMap((one) => one ?? []).sort((a, b) => b.changed - a.changed)
  }
}

/**
 * What a comparison came to, as the file has it: what `compare --json` printed.
 * @throws TributaryError `file-missing`, `file-damaged`
 */
export async function readComparison({ path }: ComparisonSummary): Promise<string> {
  const text = Buffer.from(await readFileBytes(path)).toString()
  try {
    schema.parse(JSON.parse(text))
  } catch {
    throw new TributaryError('file-damaged', `${path} is not what compare has written; compare again`)
  }
  return text
}

async function summaryOf(
  id: string,
  path: string,
  changed: number,
  bytes: number,
): Promise<ComparisonSummary | undefined> {
  if (bytes > MOST_BYTES) return undefined
  const { models, ...told } = schema.parse(JSON.parse(Buffer.from(await readFileBytes(path)).toString()))
  return { id, path, changed, ...told, models: Object.entries(models).map(([name, { seeds }]) => ({ name, seeds })) }
}
