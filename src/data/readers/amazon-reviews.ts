import { basename } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import { delimitedSource } from './delimited.ts'
import { jsonSource } from './jsonl.ts'
import { firstLines } from './lines.ts'
import { partOfFileName, type Reader, type ReaderOptions, type Source, withPart } from './reader.ts'

/** Keys and column names of the editions: 2014 and 2018 say reviewerID, asin, overall; 2023 says user_id, parent_asin, rating. */
const known = {
  user: ['user_id', 'reviewerID'],
  // Variants of one product share the parent, which is what the publisher's own splits use.
  item: ['parent_asin', 'asin'],
  value: ['rating', 'overall'],
  // 2023: milliseconds; before: seconds.
  timestamp: ['timestamp', 'unixReviewTime'],
}

/**
 * Amazon reviews of the editions 2014, 2018 and 2023 (McAuley lab), reviews as JSON lines or ratings as CSV; one file a
 * category, several at once. The category in the file's name is the domain.
 *
 * Ratings without a header differ by edition: `ratings_X.csv` (2014) holds user, item, rating, timestamp; `X.csv` (2018)
 * holds item, user, rating, timestamp.
 */
export const amazonReviews: Reader = {
  name: 'amazon-reviews',
  summary: "Amazon reviews 2014, 2018, 2023: reviews (JSON lines) or ratings (CSV); the file's name is the domain",
  async source(file, options, connection) {
    const source = await layoutOf(file, { ...options, fileDomain: categoryOf(file) }, connection)
    // The ready-made splits of 2023: Books.train.csv.
    return withPart(source, partOfFileName(basename(file))[1], options)
  },
}

async function layoutOf(file: string, options: ReaderOptions, connection: DuckDBConnection): Promise<Source> {
  const [first] = await firstLines(file, 1, options.signal)
  if (first.startsWith('{')) return jsonSource(file, options, connection, known)
  if (/(^|,)(user_id|parent_asin|asin)(,|$)/.test(first)) {
    return delimitedSource(file, { delimiter: ',', quote: '"', header: 'first line', known }, options, connection)
  }
  const order = basename(file).startsWith('ratings_') ? ['user_id', 'asin'] : ['asin', 'user_id']
  const header = [...order, 'rating', 'timestamp']
  return delimitedSource(file, { delimiter: ',', quote: '"', header, known }, options, connection)
}

/** `reviews_Books_5.json.gz`, `ratings_Books.csv`, `Books_5.json`, `Books.train.csv.gz` → Books. */
function categoryOf(file: string): string {
  return basename(file)
    .replace(/\..*$/, '')
    .replace(/^(ratings|reviews)_/, '')
    .replace(/_5$/, '')
}
