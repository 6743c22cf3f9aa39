/** A column of a text table: numbers stand to the right. */
export interface Column {
  readonly title: string
  readonly align?: 'left' | 'right'
}

/** Rows of cells as aligned text, two spaces between the columns, the header first. Cells may carry colors. */
export function formatTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const widths = columns.map((column, i) => Math.max(column.title.length, ...rows.map((row) => visibleLength(row[i]!))))
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => {
        const space = ' '.repeat(widths[i]! - visibleLength(cell))
        return columns[i]!.align === 'right' ? space + cell : cell + space
      })
      .join('  ')
      .trimEnd()
  return [line(columns.map(({ title }) => title)), ...rows.map(line)].join('\n')
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape that starts a color is a control character
const COLOR = /\u001b\[\d+m/g

function visibleLength(text: string): number {
  return text.replace(COLOR, '').length
}
