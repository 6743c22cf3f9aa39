import { delimitedSource } from './delimited.ts'
import type { Reader } from './reader.ts'

export const csv: Reader = {
  name: 'csv',
  summary:
    'comma-separated text with a header, quotes where needed (RFC 4180); .gz too; another delimiter can be stated',
  source: (file, options, connection) =>
    delimitedSource(
      file,
      { delimiter: options.delimiter ?? ',', quote: '"', header: 'first line' },
      options,
      connection,
    ),
}
