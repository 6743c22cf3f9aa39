import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { datasetFolderOf } from '../runs/dataset.ts'
import type { Manifest } from '../runs/run.ts'
import { type Curves, CurvesFile } from './series.ts'

const DEFAULT_BYTES = 96 * 2 ** 20

/** The curves of runs, read when they are asked for; those that were asked for last are kept, up to so many bytes. */
export class CurvesCache {
  readonly #most: number
  readonly #files = new Map<string, CurvesFile>()

  constructor(most = DEFAULT_BYTES) {
    this.#most = most
  }

  get bytes(): number {
    return [...this.#files.values()].reduce((sum, { bytes }) => sum + bytes, 0)
  }

  /** @throws TributaryError as `CurvesFile.read` */
  async of(folder: string, manifest: Manifest): Promise<Curves> {
    const file =
      this.#files.get(folder) ?? new CurvesFile(join(folder, 'metrics.jsonl'), () => domainsOf(folder, manifest))
    this.#files.delete(folder)
    this.#files.set(folder, file)
    const curves = await file.read()
    let total = this.bytes
    for (const [key, { bytes }] of this.#files) {
      if (total <= this.#most) break
      this.#files.delete(key)
      total -= bytes
    }
    return curves
  }

  forget(folder: string): void {
    this.#files.delete(folder)
  }
}

const described = z.object({ domains: z.array(z.object({ name: z.string() })) })

/** None where the dataset is not to be found or does not tell: curves are then named by the places of domains. */
async function domainsOf(folder: string, manifest: Manifest): Promise<readonly string[]> {
  try {
    const text = await readFile(join(await datasetFolderOf({ folder, manifest }), 'dataset.json'), 'utf8')
    return described.parse(JSON.parse(text)).domains.map(({ name }) => name)
  } catch {
    return []
  }
}
