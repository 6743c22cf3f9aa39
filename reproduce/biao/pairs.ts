// The pairs of reproduce/biao.ts, as datasets in memory with the split that trains them.
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { ciao, ciaoCategories } from '../../bench/biao/ciao.ts'
import type { Dataset, Split } from '../../src/core/index.ts'
import { buildDataset, splitDataset } from '../../src/data/index.ts'
import { dataFile } from '../../test/folders/data-folder.ts'

export interface Pair {
  readonly dataset: Dataset
  readonly split: Split
}

/** `SOURCE:TARGET` are two categories of ciao, `rest:TARGET` takes all others as sources, `films:GENRE` is a genre of MovieLens against the rest. */
export function pairOf(name: string): Pair {
  const [source, target] = name.split(':')
  if (source === 'films') return withSplit(films(target), `rest:${target}`)
  if (source === 'rest') return withSplit(ciao(ciaoCategories()), target)
  return withSplit(ciao([source, target]), name)
}

const withSplit = (dataset: Dataset, roles: string): Pair => ({
  dataset,
  split: splitDataset(dataset, `cross-domain:${roles}`),
})

/** @throws TributaryError as `dataFile` */
export function filmFiles(): { readonly movies: string; readonly ratings: string } {
  return {
    movies: dataFile('ml-latest-small/movies.csv.gz'),
    ratings: dataFile('ml-latest-small/ratings.csv.gz'),
  }
}

/** Films of the genre are the target, all others are `rest`; a film's category is the first of its other genres. */
function films(genre: string): Dataset {
  const files = filmFiles()
  const lines = (path: string) => gunzipSync(readFileSync(path)).toString().trim().split(/\r?\n/).slice(1)
  const genres = new Map(
    lines(files.movies).map((line) => {
      const [id] = line.split(',', 1)
      return [id, line.slice(line.lastIndexOf(',') + 1).split('|')] as const
    }),
  )
  const rows = lines(files.ratings).map((line) => line.split(','))
  const of = (id: string) => genres.get(id)!
  return buildDataset('films', {
    user: rows.map(([user]) => user),
    item: rows.map(([, id]) => id),
    domain: rows.map(([, id]) => (of(id).includes(genre) ? genre : 'rest')),
    category: rows.map(([, id]) => of(id).find((one) => one !== genre) ?? genre),
    value: rows.map(([, , value]) => Number(value)),
    timestamp: rows.map(([, , , time]) => Number(time)),
  })
}
