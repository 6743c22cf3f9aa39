import { DataTable } from '../../parts/table.tsx'
import { cellText, columnsOf, type RunColumn, type RunRow, sortKey } from './columns.ts'
import { seedsText } from './summarize.ts'

/** What was measured on validation at the best epoch: mean ± standard deviation over seeds, the best of each figure marked. */
export function Results({ rows, labels }: { rows: readonly RunRow[]; labels: readonly string[] }) {
  const runs = rows.flatMap(({ runs }) => runs)
  const metrics = columnsOf(runs).filter(({ name }) =>
    runs.some(({ validation }) => validation !== undefined && Object.hasOwn(validation, name)),
  )
  const less = new Map(runs.flatMap(({ yardstick }) => (yardstick ? [[yardstick.metric, yardstick.lessIsBetter]] : [])))
  const figures = metrics.filter(({ name }) => name !== 'cases')
  const best = new Map(
    figures.map((column) => [column.name, bestOf(rows, column, less.get(column.name) ?? LESS.test(column.name))]),
  )
  const cases = metrics.find(({ name }) => name === 'cases')
  return (
    <section>
      <h2>Validation</h2>
      <DataTable
        name="Validation at the best epoch"
        rows={rows}
        rowKey={({ key }) => key}
        columns={[
          { title: 'Run', text: (row: RunRow) => labels[rows.indexOf(row)] },
          { title: 'Seeds', text: ({ runs }: RunRow) => seedsText(runs.flatMap(({ seed }) => seed ?? [])) },
          ...(cases === undefined
            ? []
            : [{ title: 'Cases', number: true, text: (row: RunRow) => cellText(row, cases) }]),
          ...figures.map((column) => ({
            title: column.title,
            number: true,
            text: (row: RunRow) => cellText(row, column),
            class: (row: RunRow) => (rows.length > 1 && best.get(column.name) === row ? 'best' : undefined),
          })),
        ]}
      />
      <p class="muted">
        Each at the epoch whose weights were kept, which was chosen by these very cases; a verdict is made of the test
        part. Over several seeds the mean ± the standard deviation; the best of a column is bold.
      </p>
    </section>
  )
}

const LESS = /^(mae|rmse|logloss)$|loss/

function bestOf(rows: readonly RunRow[], column: RunColumn, lessIsBetter: boolean): RunRow | undefined {
  let best: { row: RunRow; value: number } | undefined
  for (const row of rows) {
    const value = sortKey(row, column)
    if (typeof value !== 'number') continue
    if (best === undefined || (lessIsBetter ? value < best.value : value > best.value)) best = { row, value }
  }
  return best?.row
}
