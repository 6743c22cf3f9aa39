import { basename } from 'node:path'
import { delimitedSource } from './delimited.ts'
import type { Reader } from './reader.ts'

export const atomic: Reader = {
  name: 'atomic',
  summary:
    "RecBole's .inter files: tabs and a header with types (user_id:token); the domain is a column or the file's name",
  source: (file, options) =>
    delimitedSource(
      file,
      {
        delimiter: '\t',
        quote: '',
        header: 'first line',
        shortName: (cell) => cell.replace(/:(token|token_seq|float|float_seq)$/, ''),
      },
      { ...options, domain: options.domain ?? basename(file).replace(/(\.inter)?(\.gz)?$/, '') },
    ),
}
