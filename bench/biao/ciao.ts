// Pairs of ciao's categories as datasets in memory; shared by reproduction scripts and benches.
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { Dataset } from '../../src/core/index.ts'
import { buildDataset } from '../../src/data/index.ts'
import { dataFile } from '../../test/folders/data-folder.ts'

/** @throws TributaryError as `dataFile` */
export function ciaoFiles(): { readonly categories: string; readonly ratings: string } {
  return { categories: dataFile('ciao/categories.tsv'), ratings: dataFile('ciao/ratings.tsv.gz') }
}

/** The names of all its categories. */
export function ciaoCategories(): string[] {
  return rowsOf(readFileSync(ciaoFiles().categories, 'utf8')).map(([, name]) => name)
}

/** Cells of tab-separated lines after the first. */
function rowsOf(text: string): string[][] {
  return text
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split('\t'))
}

/**
 * The ratings of these categories, each a domain. An item is known by category and id, since 101 ids occur in two categories.
 * @throws TributaryError as `ciaoFiles`
 */
export function ciao(categories: readonly string[]): Dataset {
  const files = ciaoFiles()
  const names = new Map(rowsOf(readFileSync(files.categories, 'utf8')).map(([id, name]) => [id, name] as const))
  const rows = rowsOf(gunzipSync(readFileSync(files.ratings)).toString()).filter((row) =>
    categories.includes(names.get(row[2])!),
  )
  return buildDataset('ciao', {
    user: rows.map(([user]) => user),
    item: rows.map(([, item, category]) => `${category}/${item}`),
    domain: rows.map((row) => names.get(row[2])!),
    value: rows.map((row) => Number(row[3])),
    timestamp: rows.map((row) => Number(row[5])),
  })
}
