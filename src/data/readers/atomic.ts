import { basename } from 'node:path'
import { delimitedSource } from './delimited.ts'
import { partOfFileName, type Reader, withPart } from './reader.ts'

export const atomic: Reader = {
  name: 'atomic',
  summary:
    "RecBole's .inter files: tabs and a header with types (user_id:token); the domain is a column or the file's name, x.train.inter is the train part of x",
  async source(file, options, connection) {
    const [stem, part] = partOfFileName(basename(file))
    const source = await delimitedSource(
      file,
      {
        delimiter: '\t',
        quote: '',
        header: 'first line',
        shortName: (cell) => cell.replace(/:(token|token_seq|float|float_seq)$/, ''),
      },
      { ...options, fileDomain: stem.replace(/(\.inter)?(\.gz)?$/, '') },
      connection,
    )
    return withPart(source, part, options)
  },
}
