/**
 * The cells of one record of text with delimiters (RFC 4180): a cell that begins with a quote ends with one and may hold
 * anything, quotes doubled. Undefined where such a cell does not end: its rest stands on the next line, or it is broken.
 * @param delimiter what stands between cells, as the source of a regular expression
 */
export function cellsOf(record: string, delimiter: string): string[] | undefined {
  const cell = new RegExp(`(?:"((?:[^"]|"")*)"|(?!")(.*?))(?:(${delimiter})|$)`, 'sy')
  const cells: string[] = []
  for (;;) {
    const match = cell.exec(record)
    if (match === null) return undefined
    const [, quoted, plain, next] = match
    cells.push(quoted?.replaceAll('""', '"') ?? plain)
    if (next === undefined) return cells
  }
}
