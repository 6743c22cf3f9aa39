import type { ComponentChildren } from 'preact'
import { csvOf, markdownOf } from '../../src/pages/table-text.ts'
import { CopyButton, save } from './save.tsx'

export interface Column<Row> {
  readonly title: string
  /** What is shown; default the text. */
  readonly show?: (row: Row) => ComponentChildren
  /** What is copied and saved: the plain value. */
  readonly text: (row: Row) => string
  /** Numbers stand right, under one another. */
  readonly number?: boolean
  /** Stays in sight where others are scrolled. */
  readonly sticky?: boolean
  readonly class?: (row: Row) => string | undefined
}

interface DataTableProps<Row> {
  /** Says what it is, to those who hear it, and names its files. */
  readonly name: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  readonly rowKey: (row: Row, index: number) => string
}

/** A table that can be scrolled by keyboard, copied as Markdown and saved as CSV. Its first column names the row. */
export function DataTable<Row>({ name, columns, rows, rowKey }: DataTableProps<Row>) {
  const cells = () => [columns.map(({ title }) => title), ...rows.map((row) => columns.map(({ text }) => text(row)))]
  const classOf = (column: Column<Row>, row?: Row) =>
    [column.number && 'number', column.sticky && 'sticky', row !== undefined && column.class?.(row)]
      .filter(Boolean)
      .join(' ') || undefined
  return (
    <div class="data-table">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what can be scrolled must be reached by keyboard */}
      <section class="scroll" tabIndex={0} aria-label={name}>
        <table>
          <thead>
            <tr>
              {columns.map((column) => (
                <th key={column.title} scope="col" class={classOf(column)}>
                  {column.title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows.map((row, index) => (
              <tr key={rowKey(row, index)}>
                {columns.map((column, c) => {
                  const content = column.show ? column.show(row) : column.text(row)
                  return c === 0 ? (
                    <th key={column.title} scope="row" class={classOf(column, row)}>
                      {content}
                    </th>
                  ) : (
                    <td key={column.title} class={classOf(column, row)}>
                      {content}
                    </td>
                  )
                })}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <TakeAlong name={name} cells={cells} />
    </div>
  )
}

/** Buttons that take a table along. */
export function TakeAlong({ name, cells }: { name: string; cells: () => readonly (readonly string[])[] }) {
  const table = () => {
    const [head = [], ...rows] = cells()
    return { columns: head.map((title) => ({ title })), rows }
  }
  return (
    <p class="take-along">
      <CopyButton label="Copy as Markdown" text={() => markdownOf(table())} />{' '}
      <button type="button" class="quiet" onClick={() => save(`${fileName(name)}.csv`, csvOf(table()), 'text/csv')}>
        Save as CSV
      </button>
    </p>
  )
}

export function fileName(name: string): string {
  return (
    name
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}@.-]+/gu, '-')
      .replaceAll(/^-|-$/g, '')
      .slice(0, 80) || 'table'
  )
}
