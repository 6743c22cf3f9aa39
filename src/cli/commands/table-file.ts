import { stat } from 'node:fs/promises'
import { dirname, extname } from 'node:path'
import { TributaryError } from '../../core/index.ts'
import { writeFileAtomic } from '../../files/index.ts'
import type { TextTable } from '../../pages/compare-text.ts'
import { csvOf, latexOf, markdownOf, markdownText } from '../../pages/table-text.ts'

/** `--table`, the same wherever a command prints tables of figures. */
export const TABLE = [
  '--table <file>',
  'write the tables to a file, too: .csv, .md (Markdown) or .tex (LaTeX with booktabs); of several, CSV goes to FILE-2.csv and so on',
] as const

export interface TableOptions {
  readonly table?: string
}

/** A table and what it is of. */
export interface TitledTable {
  readonly title: string
  readonly table: TextTable
}

interface TableFile {
  /** Writes all of them or none; the lines say where they are. */
  write(tables: readonly TitledTable[]): Promise<string[]>
}

const WAYS: Readonly<Record<string, (path: string, tables: readonly TitledTable[]) => [string, string][]>> = {
  // Programs that read CSV take a file for one table.
  '.csv': (path, tables) =>
    tables.map(({ table }, t) => [t === 0 ? path : `${path.slice(0, -'.csv'.length)}-${t + 1}.csv`, csvOf(table)]),
  '.md': (path, tables) => [
    [path, tables.map(({ title, table }) => `${markdownText(title)}\n\n${markdownOf(table)}`).join('\n')],
  ],
  '.tex': (path, tables) => [
    [path, tables.map(({ title, table }) => `% ${title.replaceAll(/\s+/g, ' ')}\n${latexOf(table)}`).join('\n')],
  ],
}

/**
 * Asked before the work whose figures go there.
 * @throws TributaryError `bad-argument` for another kind of file, `file-exists` for one that is there, `file-missing` for a folder that is not
 */
export async function tableFile({ table: path }: TableOptions): Promise<TableFile> {
  if (path === undefined) return { write: async () => [] }
  const kind = extname(path).toLowerCase()
  const way = WAYS[kind]
  if (way === undefined)
    throw new TributaryError('bad-argument', `--table ${path} names no kind of table; let it end in .csv, .md or .tex`)
  await refuseTaken(path)
  if (!(await stat(dirname(path)).catch(() => undefined))?.isDirectory())
    throw new TributaryError('file-missing', `the folder of --table ${path} does not exist; make it first`)
  return {
    async write(tables) {
      const files = way(path, tables)
      for (const [file] of files) await refuseTaken(file)
      for (const [file, text] of files) await writeFileAtomic(file, text)
      return files.length === 0 ? [] : [`tables: ${files.map(([file]) => file).join(', ')}`]
    },
  }
}

async function refuseTaken(path: string): Promise<void> {
  if ((await stat(path).catch(() => undefined)) !== undefined)
    throw new TributaryError('file-exists', `--table ${path} is there already; move it or name another file`)
}
