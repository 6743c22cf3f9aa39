// The logs of reproduce/marco.ts in memory, with the users that are new in a target.
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { ciao, ciaoFiles } from '../../bench/biao/ciao.ts'
import type { Dataset, Split } from '../../src/core/index.ts'
import { buildDataset, splitDataset } from '../../src/data/index.ts'
import { dataFile } from '../../test/folders/data-folder.ts'

/** A log and the domain in which users are new; every other domain of it is a source. */
export interface Place {
  readonly log: 'ciao' | 'amazon'
  readonly target: string
}

const CIAO = ['Books', 'DVDs', 'Electronics', 'Music']

export const PLACES: readonly Place[] = [
  ...CIAO.map((target) => ({ log: 'ciao' as const, target })),
  { log: 'amazon', target: 'Books' },
  { log: 'amazon', target: 'Movies_and_TV' },
]

/** Of the users who know the target and another domain, in percent. */
export const SHARES = ['20', '50', '80'] as const
export type Share = (typeof SHARES)[number]

export const placeName = ({ log, target }: Place) => `${log}:${target}`

/** @throws TributaryError where a file is missing */
export function checkFiles(): void {
  ciaoFiles()
  dataFile('amazon-books-movies-rated/ratings.tsv.gz')
}

const datasets = new Map<Place['log'], Dataset>()
export function datasetOf(log: Place['log']): Dataset {
  const dataset = datasets.get(log) ?? (log === 'ciao' ? ciao(CIAO) : amazon())
  datasets.set(log, dataset)
  return dataset
}

export const splitOf = ({ log, target }: Place, share: Share, seed: number): Split =>
  splitDataset(datasetOf(log), `cold-users,seed=${seed}:${share}%:${target}`)

/** Rows of one user and item are one row with their mean: of 12,584 repeated ones some differ, and would be on both sides of a split. */
function amazon(): Dataset {
  const file = dataFile('amazon-books-movies-rated/ratings.tsv.gz')
  const lines = gunzipSync(readFileSync(file)).toString().trim().split('\n').slice(1)
  const merged = new Map<string, { user: string; item: string; domain: string; values: number[] }>()
  for (const line of lines) {
    const [user, item, domain, rating] = line.split('\t')
    const key = `${user}\t${domain}\t${item}`
    const row = merged.get(key)
    if (row === undefined) merged.set(key, { user, item, domain, values: [Number(rating)] })
    else row.values.push(Number(rating))
  }
  const rows = [...merged.values()]
  return buildDataset('amazon', {
    user: rows.map(({ user }) => user),
    item: rows.map(({ item }) => item),
    domain: rows.map(({ domain }) => domain),
    value: rows.map(({ values }) => values.reduce((sum, value) => sum + value, 0) / values.length),
  })
}
