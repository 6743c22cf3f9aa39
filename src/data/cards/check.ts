import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { bytesOf } from '../readers/lines.ts'
import type { CardFile, DataCard } from './cards.ts'

export interface CheckedFile {
  /** As it was found; where there is none, as it is called. */
  readonly file: string
  readonly expected: number
  readonly rows?: number
  /** What is wrong with it; absent where it is as it should be. */
  readonly problem?: string
}

/**
 * Holds each file of a set against its card: is it there, does its first line have the columns, are its rows as many.
 * @throws TributaryError `file-missing`, `file-damaged` for a file that cannot be read to its end
 */
export async function checkData(card: DataCard, folder: string, signal?: AbortSignal): Promise<CheckedFile[]> {
  const checked: CheckedFile[] = []
  for (const file of card.files) checked.push(await checkFile(file, folder, signal))
  return checked
}

async function checkFile({ path, rows: expected, header }: CardFile, folder: string, signal?: AbortSignal) {
  for (const name of [`${path}.gz`, path]) {
    const file = join(folder, name)
    if (!(await stat(file).catch(() => undefined))?.isFile()) continue
    const { first, lines } = await linesIn(file, signal)
    const found = header === undefined ? lines : lines - 1
    const cells = first.split(path.endsWith('.csv') ? ',' : '\t')
    const other = header?.findIndex((title, c) => cells[c] !== title) ?? -1
    const problem =
      other >= 0
        ? `column ${other + 1} is '${(cells[other] ?? '').slice(0, 40)}' and should be '${header?.[other]}'`
        : found !== expected
          ? `has ${found.toLocaleString('en-US')} rows and should have ${expected.toLocaleString('en-US')}`
          : undefined
    return { file: name, expected, rows: found, ...(problem && { problem }) }
  }
  return { file: path, expected, problem: 'is not there, nor gzipped (.gz)' }
}

/** The first line, and how many there are; what stands behind the last line break is a line, too. */
async function linesIn(file: string, signal?: AbortSignal): Promise<{ first: string; lines: number }> {
  const begin: Buffer[] = []
  let [lines, last, complete] = [0, 10, false]
  for await (const bytes of bytesOf(file, signal)) {
    const end = bytes.indexOf(10)
    if (!complete) begin.push(end < 0 ? bytes : bytes.subarray(0, end))
    complete ||= end >= 0
    for (let at = end; at >= 0; at = bytes.indexOf(10, at + 1)) lines++
    last = bytes.at(-1) ?? last
  }
  const first = Buffer.concat(begin)
    .toString()
    .replace(/^\uFEFF/, '')
    .replace(/\r$/, '')
  return { first, lines: last === 10 ? lines : lines + 1 }
}
