import { Help } from 'commander'
import { cut, pieces, printable, visibleWidth } from './screen-text.ts'

/** A column of a text table: numbers stand to the right, names to the left. */
export interface Column {
  readonly title: string
  readonly align?: 'left' | 'right'
  /** Sentences, which go on in the next line where the screen ends; of other columns, names are cut. */
  readonly wrap?: boolean
}

/** Names longer than this are cut on every screen; they are whole in JSON. */
const LONGEST_NAME = 60
/** What is left of names, of one option in a title over numbers, and of sentences on a screen that is too narrow for all. */
const LEAST_NAME = 16
const LEAST_TITLE = 24
const LEAST_SENTENCE = 24
const GAP = 2

/**
 * Rows of cells as aligned text, the header first. Cells may carry colors. A table that is wider than the screen wraps its
 * sentences, then the titles over numbers, then cuts names; what is still too wide goes on below, its first column again.
 * @param width of the screen in cells; no limit where the output is no terminal
 */
export function formatTable(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width = screenWidth(process.stdout),
): string {
  const table = columns.map((column, c) => {
    const cells = rows.map((row) => cellText(row[c]))
    return fitted(column, cells, width)
  })
  const excess = () => table.reduce((sum, { width }) => sum + width + GAP, -GAP) - width
  /** From the widest on, until all fit or none of them can be narrower. */
  const shrink = (keep: (column: Fitted) => boolean | undefined) => {
    for (let some = table.filter(keep); some.length > 0 && excess() > 0; ) {
      const widest = some.reduce((a, b) => (b.width > a.width ? b : a))
      const next = Math.max(0, ...some.filter((one) => one.width < widest.width).map((one) => one.width))
      widest.width = Math.max(next, widest.width - excess(), widest.least)
      if (widest.width === widest.least) some = some.filter((one) => one !== widest)
    }
  }
  shrink(({ wrap }) => wrap)
  shrink(({ align }) => align === 'right')
  shrink(({ align, wrap }) => align !== 'right' && !wrap)
  return blocks(table, width)
    .map((block) => linesOf(block, rows.length).join('\n'))
    .join('\n\n')
}

/** In cells; a terminal that does not know is taken for the usual one. */
export function screenWidth(stream: { readonly isTTY?: boolean; readonly columns?: number }): number {
  return stream.isTTY === true ? stream.columns || 80 : Number.POSITIVE_INFINITY
}

/** A column with its cells and the width that it gets. */
interface Fitted extends Column {
  readonly cells: readonly string[]
  /** How narrow it may become. */
  readonly least: number
  width: number
}

function fitted(column: Column, cells: readonly string[], screen: number): Fitted {
  const title = cellText(column.title)
  const widest = Math.max(...cells.map(visibleWidth), 0)
  const whole = Math.max(visibleWidth(title), widest, 1)
  const sized = (least: number, width = whole) => ({ ...column, title, cells, least: Math.min(least, width), width })
  if (column.wrap) return sized(LEAST_SENTENCE)
  if (column.align !== 'right') return sized(LEAST_NAME, Math.min(whole, LONGEST_NAME))
  // Numbers are never cut.
  const option = Math.max(...optionsOf(title).map((piece) => visibleWidth(piece.trimEnd())))
  return sized(Math.max(widest, Math.min(option, LEAST_TITLE, screen - LEAST_NAME - GAP), 1))
}

/** Columns that fit beside each other; the first one begins every block. */
function blocks([first, ...others]: readonly Fitted[], width: number): Fitted[][] {
  const result = [[first]]
  let used = first.width
  for (const column of others) {
    if (used + GAP + column.width > width && result.at(-1)!.length > 1) {
      result.push([first])
      used = first.width
    }
    result.at(-1)!.push(column)
    used += GAP + column.width
  }
  return result
}

function linesOf(block: readonly Fitted[], rows: number): string[] {
  const cellLines = (column: Fitted, text: string, header: boolean) =>
    header && column.align === 'right'
      ? titleLines(text, column.width)
      : column.wrap
        ? wrapped(text, column.width)
        : [cut(text, column.width)]
  const draw = (texts: readonly string[], header: boolean) => {
    const parts = block.map((column, c) => cellLines(column, texts[c], header))
    const height = Math.max(...parts.map((lines) => lines.length))
    return Array.from({ length: height }, (_, l) =>
      block
        .map((column, c) => {
          // Titles stand on the last line, right above what they name.
          const line = parts[c][header ? l - height + parts[c].length : l] ?? ''
          const space = ' '.repeat(Math.max(0, column.width - visibleWidth(line)))
          return column.align === 'right' ? space + line : line + space
        })
        .join(' '.repeat(GAP))
        .trimEnd(),
    )
  }
  return [
    ...draw(
      block.map(({ title }) => title),
      true,
    ),
    ...Array.from({ length: rows }, (_, r) =>
      draw(
        block.map(({ cells }) => cells[r]),
        false,
      ),
    ).flat(),
  ]
}

const wrapper = Object.assign(new Help(), { minWidthToWrap: 1 })

function wrapped(text: string, width: number): string[] {
  return wrapper.boxWrap(text, width).split('\n')
}

function optionsOf(title: string): string[] {
  return title.split(/(?<=[:, ])/)
}

/** A name of several options (`sasrec:loss=bpr`) in lines that break where an option ends, if they can. */
function titleLines(title: string, width: number): string[] {
  const lines = ['']
  for (const piece of optionsOf(title).flatMap((part) => pieces(part, width))) {
    if (visibleWidth(lines.at(-1)! + piece.trimEnd()) > width) lines.push('')
    lines[lines.length - 1] += piece
  }
  return lines.map((line) => line.trimEnd())
}

/** A cell stays on its line, whatever a name holds. */
function cellText(text: string): string {
  return printable(text, { lines: false })
}
