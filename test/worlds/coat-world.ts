import { existsSync, readFileSync } from 'node:fs'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import type { Dataset } from '../../src/core/index.ts'
import { buildDataset } from '../../src/data/index.ts'
import { dataFolder } from '../folders/data-folder.ts'

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
      user: log.map(([user]) => user),
      item: log.map(([, item]) => item),
      domain: log.map(() => 'coats'),
      value: log.map(([, , value]) => Number(value)),
    },
    {
      truth: {
        users: cells.map((_, row) => String(row)),
        items: cells[0].map((_, column) => String(column)),
        values: cells.flat().map(Number),
      },
    },
  )
}

/** Coat's files as their publishers lay them out, from tables of ratings and features. */
export async function writeCoat(source: string, folder: string): Promise<void> {
  const text = async (name: string) => gunzipSync(await readFile(join(source, name))).toString()
  for (const part of ['train', 'test']) {
    const matrix = Array.from({ length: 290 }, () => Array<number>(300).fill(0))
    const [, ...rows] = (await text(`${part}.csv.gz`)).trimEnd().split('\n')
    for (const row of rows) {
      const [user, item, rating] = row.split(',').map(Number)
      matrix[user][item] = rating
    }
    await writeFile(join(folder, `${part}.ascii`), matrix.map((row) => `${row.join(' ')}\n`).join(''))
  }
  const blanks = (csv: string) => csv.replaceAll(',', ' ')
  await writeFile(join(folder, 'coat_pseudoGT_ratingM.ascii'), blanks(await text('pseudo_gt.csv.gz')))
  for (const kind of ['user', 'item']) {
    const table = await readFile(join(source, `${kind}_features.csv`), 'utf8')
    await writeFile(join(folder, `${kind}_features.ascii`), blanks(table.slice(table.indexOf('\n') + 1)))
  }
}
