import { amazonReviews } from './amazon-reviews.ts'
import { atomic } from './atomic.ts'
import { coat } from './coat.ts'
import { csv } from './csv.ts'
import { jsonl } from './jsonl.ts'
import { kuairand } from './kuairand.ts'
import { kuairec } from './kuairec.ts'
import { movielens } from './movielens.ts'
import { parquet } from './parquet.ts'
import type { Reader } from './reader.ts'
import { tsv } from './tsv.ts'
import { yahooR3 } from './yahoo-r3.ts'

/** Every file format and published data set that can be imported, by the name used on the command line. The registry adds those of plug-ins. */
export const readers: Reader[] = [
  csv,
  tsv,
  jsonl,
  parquet,
  atomic,
  amazonReviews,
  movielens,
  coat,
  kuairec,
  kuairand,
  yahooR3,
]
