import { basename } from 'node:path'
import { delimitedSource } from './delimited.ts'
import type { Reader } from './reader.ts'

const names = ['userId', 'movieId', 'rating', 'timestamp']
const known = { user: ['userId'], item: ['movieId'], value: ['rating'], timestamp: ['timestamp'] }

/** ml-latest, ml-20m, ml-25m, ml-32m: `ratings.csv`; ml-1m, ml-10m: `ratings.dat` with `::`; ml-100k: `u.data` with tabs. */
export const movielens: Reader = {
  name: 'movielens',
  summary: "GroupLens' ratings.csv, ratings.dat or u.data; one domain, 'movies' unless stated",
  source: (file, options, connection) => {
    const all = { ...options, fileDomain: 'movies' }
    const name = basename(file).replace(/\.gz$/, '')
    if (name.endsWith('.dat'))
      return delimitedSource(file, { delimiter: '::', quote: '', header: names, known }, all, connection)
    if (name.endsWith('.csv'))
      return delimitedSource(file, { delimiter: ',', quote: '"', header: 'first line', known }, all, connection)
    return delimitedSource(file, { delimiter: '\t', quote: '', header: names, known }, all, connection)
  },
}
