// What all pages of docs/results share: tables that fit a screen, and lines that can be read in an editor.

/** Beyond, a table is wider than the column of text that it stands in. */
const COLUMNS = 6
const LINE = 120

/** A table, or several under one another with the first column in each, where there are too many columns for one. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const values = head.length - 1
  const parts = Math.ceil(values / (COLUMNS - 1))
  const start = (part: number) => 1 + Math.floor((part * values) / parts)
  return Array.from({ length: parts }, (_, part) => {
    const kept = (cells: readonly string[]) => [cells[0], ...cells.slice(start(part), start(part + 1))]
    const aligned = kept(head).map((_, i) => (i === 0 ? '---' : '---:'))
    return [kept(head), aligned, ...rows.map(kept)].map(line).join('\n')
  }).join('\n\n')
}

const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`

/** Breaks sentences and entries of lists of which a line is too long. Tables, headings and code stay as they are. */
export function wrapped(page: string): string {
  return page
    .split(/(^```[\s\S]*?^```$)/m)
    .map((text) => (text.startsWith('```') ? text : text.replaceAll(PARAGRAPH, broken)))
    .join('')
}

const ENTRY = '(?:[-*]|\\d+\\.) +'
/** Lines up to an empty one, a table, heading, picture or comment, and up to the next entry of a list. */
const PARAGRAPH = new RegExp(`^ *(?:${ENTRY})?[^\\s|#<!].*(?:\\n(?! *${ENTRY})[^\\S\\n]*[^\\s|#<!].*)*`, 'gm')

function broken(paragraph: string): string {
  if (paragraph.startsWith('    ') || paragraph.split('\n').every((text) => text.length <= LINE)) return paragraph
  const marker = new RegExp(`^ *(${ENTRY})?`).exec(paragraph)![0]
  const lines: string[] = []
  for (const word of paragraph.slice(marker.length).split(/[ \n]+/)) {
    const last = lines.at(-1)
    // At the beginning of a line these would begin a list, a heading, a quotation or a table.
    const bound = /^([-+*]$|[#>|]|\d+[.)]$)/.test(word)
    if (last !== undefined && (bound || marker.length + last.length + 1 + word.length <= LINE))
      lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return marker + lines.join(`\n${' '.repeat(marker.length)}`)
}
