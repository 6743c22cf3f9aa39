// Coat as a dataset folder, imported once; shared by benches and reproduction scripts.
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Dataset, TributaryError } from '../../src/core/index.ts'
import { importDataset, openDataset } from '../../src/data/index.ts'
import { DATA_ABSENT } from '../../test/folders/data-folder.ts'
import { coatFolder, writeCoat } from '../../test/worlds/coat-world.ts'

/** Imports Coat below `out`, if it is not there yet, and returns the dataset folder; undefined where its files are not at hand. */
export async function importCoat(out: string): Promise<string | undefined> {
  const folder = join(out, 'coat')
  if (existsSync(join(folder, 'dataset.json'))) return folder
  const source = coatFolder()
  if (source === undefined) return undefined
  const published = await mkdtemp(join(tmpdir(), 'tributary-coat-'))
  try {
    await writeCoat(source, published)
    await importDataset({ reader: 'coat', files: [published], out: folder, name: 'coat' })
  } finally {
    await rm(published, { recursive: true, force: true })
  }
  return folder
}

/**
 * Coat, imported where it is not yet.
 * @throws TributaryError `file-missing` where its files are not at hand
 */
export async function openCoat(out: string): Promise<Dataset> {
  const folder = await importCoat(out)
  if (folder !== undefined) return await openDataset(folder)
  throw new TributaryError(
    'file-missing',
    `Coat ${DATA_ABSENT}; docs/reproduce.md says where they come from and how it is laid out`,
  )
}
