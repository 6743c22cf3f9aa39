// The amazon5 splits as a dataset folder, imported once; shared by benches and reproduction scripts.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { importDataset } from '../../src/data/index.ts'
import { dataFile } from '../../test/folders/data-folder.ts'

/**
 * Imports `amazon5/splits/<protocol>.tsv.gz` below `out`, if it is not there yet, and returns the dataset folder.
 * @throws TributaryError as `dataFile` and `importDataset`
 */
export async function importAmazon5(out: string, protocol: 'mixed' | 'per_domain' = 'mixed'): Promise<string> {
  const folder = join(out, `amazon5-${protocol}`)
  if (!existsSync(join(folder, 'dataset.json')))
    await importDataset({
      reader: 'tsv',
      files: [dataFile(`amazon5/splits/${protocol}.tsv.gz`)],
      out: folder,
      name: `amazon5-${protocol}`,
      columns: { user: 'user', item: 'item', domain: 'domain', timestamp: 'timestamp', part: 'part' },
    })
  return folder
}

/**
 * The fixed in-domain candidates of the mixed protocol's test part.
 * @throws TributaryError as `dataFile`
 */
export function amazon5Candidates(): string {
  return dataFile('amazon5/splits/neg100_indomain_mixed_test.tsv.gz')
}
