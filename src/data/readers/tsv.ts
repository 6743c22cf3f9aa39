import { delimitedSource } from './delimited.ts'
import type { Reader } from './reader.ts'

export const tsv: Reader = {
  name: 'tsv',
  summary: 'tab-separated text with a header, without quoting; .gz too',
  source: (file, options, connection) =>
    delimitedSource(
      file,
      { delimiter: options.delimiter ?? '\t', quote: '', header: 'first line' },
      options,
      connection,
    ),
}
