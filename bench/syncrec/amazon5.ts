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
 * The fixed candidates of a protocol's test part: of the answer's domain, or (mixed protocol only) of all, as in the papers.
 * @throws TributaryError as `dataFile`
 */
export function amazon5Candidates(
  among: 'indomain' | 'alldomain' = 'indomain',
  protocol: 'mixed' | 'per_domain' = 'mixed',
): string {
  return dataFile(`amazon5/splits/neg100_${among}_${protocol}_test.tsv.gz`)
}
