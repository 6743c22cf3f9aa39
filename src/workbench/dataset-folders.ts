import { isAbsolute, join, relative } from 'node:path'
import { z } from 'zod'
import { isWithin, readFileBytes } from '../files/atomic.ts'
import { physicalPath } from '../files/index.ts'
import { datasetFolderOf } from '../runs/dataset.ts'
import type { Manifest } from '../runs/manifest.ts'
import type { Found } from './folders.ts'

const DESCRIPTION = 'dataset.json'

const described = z.object({
  name: z.string(),
  hash: z.string().optional(),
  interactions: z.number().optional(),
  users: z.number().optional(),
  items: z.number().optional(),
  domains: z.array(z.object({ name: z.string(), items: z.number(), interactions: z.number() })).default([]),
  columns: z.array(z.string()).default([]),
  truth: z.unknown().optional(),
})

/** A folder made by `tributary import`, as it describes itself; one written by another program may say less. */
export interface DatasetFolder {
  /** The path below the folders. */
  readonly id: string
  /** Where it is, as a command would name it. */
  readonly path: string
  readonly name: string
  readonly hash?: string | undefined
  readonly interactions?: number | undefined
  readonly users?: number | undefined
  readonly items?: number | undefined
  readonly domains: readonly { readonly name: string; readonly items: number; readonly interactions: number }[]
  /** What is known of each row: `timestamp`, `value`, … */
  readonly columns: readonly string[]
  /** Whether it knows what every user likes, so that policies can be simulated. */
  readonly truth: boolean
}

/** Those among the folders that were found, by name; what does not describe itself as one is left out. */
export async function datasetsIn(found: readonly Found[]): Promise<DatasetFolder[]> {
  const datasets = await Promise.all(found.filter(({ files }) => files.has(DESCRIPTION)).map(read))
  return datasets.flatMap((one) => one ?? []).sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
}

/**
 * The datasets that runs were trained on and that lie elsewhere; what they are called is where they lie. Whoever put the runs below the
 * folders has named them, nobody who asks.
 * @param runs those that can be read
 */
export async function datasetsOfRuns(
  runs: Iterable<{ readonly path: string; readonly manifest: Manifest }>,
  found: readonly Found[],
): Promise<Found[]> {
  const byHash = new Map([...runs].map((run) => [run.manifest.dataset.hash, run]))
  const below = found.filter(({ files }) => files.has(DESCRIPTION))
  const seen = new Set(await Promise.all(below.map(({ path }) => physicalPath(path))))
  const here = await physicalPath('.')
  const others: Found[] = []
  for (const { path: folder, manifest } of byHash.values()) {
    const named = await datasetFolderOf({ folder, manifest })
    const place = await physicalPath(named)
    if (seen.has(place)) continue
    seen.add(place)
    // From where the server was started, which no answer needs to say.
    const path = isWithin(place, here) || isAbsolute(named) ? relative(here, place) : named
    others.push({ id: path, path, files: new Set([DESCRIPTION]), stamp: '' })
  }
  return others
}

async function read({ id, path }: Found): Promise<DatasetFolder | undefined> {
  try {
    const { truth, ...told } = described.parse(
      JSON.parse(Buffer.from(await readFileBytes(join(path, DESCRIPTION))).toString()),
    )
    return { id, path, ...told, truth: truth !== undefined }
  } catch {
    return undefined
  }
}
