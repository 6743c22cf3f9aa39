import { amazonReviews } from './amazon-reviews.ts'
import { atomic } from './atomic.ts'
import { csv } from './csv.ts'
import { jsonl } from './jsonl.ts'
import { movielens } from './movielens.ts'
import { parquet } from './parquet.ts'
import type { Reader } from './reader.ts'
import { tsv } from './tsv.ts'

/** Every file format that can be imported, by the name used on the command line. */
export const readers: readonly Reader[] = [csv, tsv, jsonl, parquet, atomic, amazonReviews, movielens]
