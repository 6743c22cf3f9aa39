import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Dataset } from '../src/core/index.ts'
import { buildDataset } from '../src/data/index.ts'
import { dataFolder } from './data-folder.ts'

/** The folder of Coat's files, where it is there. */
export function coatFolder(): string | undefined {
  const data = dataFolder()
  const folder = data && join(data, 'coat')
  return folder !== undefined && existsSync(join(folder, 'pseudo_gt.csv.gz')) ? folder : undefined
}

/** The training log of Coat and its completed matrix as truth; no categories. */
export function coat(folder: string): Dataset {
  const lines = (file: string) =>
    gunzipSync(readFileSync(join(folder, file)))
      .toString()
      .trim()
      .split('\n')
      .map((line) => line.split(','))
  const log = lines('train.csv.gz').slice(1)
  const cells = lines('pseudo_gt.csv.gz')
  return buildDataset(
    'coat',
    {
      user: log.map(([user]) => user!),
      item: log.map(([, item]) => item!),
      domain: log.map(() => 'coats'),
      value: log.map(([, , value]) => Number(value)),
    },
    {
      truth: {
        users: cells.map((_, row) => String(row)),
        items: cells[0]!.map((_, column) => String(column)),
        values: cells.flat().map(Number),
      },
    },
  )
}
