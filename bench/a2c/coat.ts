// Coat as a dataset folder, imported once; shared by benches and reproduction scripts.
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { importDataset } from '../../src/data/index.ts'
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
