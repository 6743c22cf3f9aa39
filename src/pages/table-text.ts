/** A text table whose cells are ready to be aligned; the columns beyond the first are numbers. */
export interface TextTable {
  readonly columns: readonly { readonly title: string; readonly align?: 'left' | 'right' }[]
  readonly rows: readonly (readonly string[])[]
  /** Of each row the columns with its best figure; absent where figures of a row are not rivals. */
  readonly best?: readonly (readonly number[])[]
}

/** As RFC 4180 has it. A spreadsheet would run a text that begins like a formula: such a one gets an apostrophe before it, numbers do not. */
export function csvOf({ columns, rows }: TextTable): string {
  const cell = (text: string, column: number) => {
    const plain = columns[column].align === 'right' ? plainNumber(text) : text
    const safe = /^[=+\-@\t\r]/.test(plain) && !/^[+-]?[\d.]+(e[+-]?\d+)?$/i.test(plain) ? `'${plain}` : plain
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
  }
  const lines = [columns.map(({ title }) => title), ...rows].map((row) => row.map(cell).join(','))
  return `${lines.join('\r\n')}\r\n`
}

/** `1,234` and `−0.5` are numbers to people, `1234` and `-0.5` to programs. */
function plainNumber(text: string): string {
  const ascii = text.replaceAll(/−(?=[\d.])/g, '-')
  return /^[+-]?\d{1,3}(,\d{3})+(\.\d+)?$/.test(ascii) ? ascii.replaceAll(',', '') : ascii
}

/** As GitHub has it; the best of a row is bold. */
export function markdownOf({ columns, rows, best = [] }: TextTable): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const body = rows.map((row, r) =>
    row.map((cell, c) => (best[r]?.includes(c) ? `**${markdownText(cell)}**` : markdownText(cell))),
  )
  return `${[
    line(columns.map(({ title }) => markdownText(title))),
    line(columns.map(({ align }) => (align === 'right' ? '---:' : '---'))),
    ...body.map(line),
  ].join('\n')}\n`
}

/** Text that stays the text it is. An underscore inside of a word means nothing there. */
export function markdownText(text: string): string {
  return text.replaceAll(/[\\|*`<~]|\](?=\()|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])/gu, '\\$&').replaceAll(/\s+/g, ' ')
}

/** A tabular of the package booktabs; the best of a row is bold. */
export function latexOf({ columns, rows, best = [] }: TextTable): string {
  const line = (cells: readonly string[]) => `  ${cells.join(' & ')} \\\\`
  const body = rows.map((row, r) =>
    row.map((cell, c) => (best[r]?.includes(c) ? `\\textbf{${latexText(cell)}}` : latexText(cell))),
  )
  return `${[
    `\\begin{tabular}{${columns.map(({ align }) => (align === 'right' ? 'r' : 'l')).join('')}}`,
    '  \\toprule',
    line(columns.map(({ title }) => latexText(title))),
    '  \\midrule',
    ...body.map(line),
    '  \\bottomrule',
    '\\end{tabular}',
  ].join('\n')}\n`
}

/** Signs that LaTeX would obey, and those that its usual fonts lack. A bracket or star after the end of a row would be an argument of it. */
const LATEX: Readonly<Record<string, string>> = {
  '\\': '\\textbackslash{}',
  '{': '\\{',
  '}': '\\}',
  $: '\\$',
  '&': '\\&',
  '#': '\\#',
  _: '\\_',
  '%': '\\%',
  '~': '\\textasciitilde{}',
  '^': '\\textasciicircum{}',
  '<': '\\textless{}',
  '>': '\\textgreater{}',
  '|': '\\textbar{}',
  '[': '{[}',
  '*': '{*}',
  '−': '$-$',
  '±': '$\\pm$',
  '×': '$\\times$',
  '≤': '$\\le$',
  '≥': '$\\ge$',
  λ: '$\\lambda$',
  φ: '$\\varphi$',
  '–': '--',
}

export function latexText(text: string): string {
  return text.replaceAll(/\s+/g, ' ').replaceAll(/[\\{}$&#_%~^<>|[*−±×≤≥λφ–]/g, (sign) => LATEX[sign])
}
