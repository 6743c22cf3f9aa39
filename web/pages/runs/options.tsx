import type { Answered } from '../../api.ts'
import { Show } from '../../parts/answered.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { param, setParams } from '../../url.ts'
import { plain, type RunRow } from './columns.ts'
import type { RunTold } from './runs-told.ts'
import { differing } from './summarize.ts'

export interface Setting {
  readonly value: unknown
  readonly from: 'default' | 'set'
}

/** Every option of a run, by the names of its model; none of one that is damaged. */
export function settingsOf(told: RunTold | undefined): Readonly<Record<string, Setting>> {
  return (told?.manifest?.config ?? {}) as Readonly<Record<string, Setting>>
}

/** With what else a result stands or falls. */
function circumstances(told: RunTold | undefined): Readonly<Record<string, unknown>> {
  const { model, dataset, split } = told?.summary ?? {}
  return { model, dataset: dataset?.name, 'dataset hash': dataset?.hash.slice(0, 12), split }
}

/** Of a value that is shown; it is copied and saved whole. */
const LONGEST = 200

interface OptionsProps {
  readonly rows: readonly RunRow[]
  readonly labels: readonly string[]
  readonly details: Answered<ReadonlyMap<string, RunTold>>
}

/** Where the runs differ: options, data, split; a row each, or a column each. */
export function OptionsTable({ rows, labels, details }: OptionsProps) {
  const all = param('options') === 'all'
  return (
    <section>
      <h2>Options</h2>
      <Show of={details}>
        {(told) => {
          const values = rows.map(({ runs: [run] }) => {
            const one = told.get(run.id)
            const settings = Object.entries(settingsOf(one)).map(([name, { value }]) => [name, value])
            return { ...circumstances(one), ...Object.fromEntries(settings) } as Readonly<Record<string, unknown>>
          })
          const names = all ? [...new Set(values.flatMap(Object.keys))] : differing(values)
          // What is too wide to be read across is read down.
          const across = param('across') === '' ? names.length > 7 : param('across') === 'yes'
          const bar = (
            <div class="toolbar">
              <label>
                <input type="checkbox" checked={all} onChange={() => setParams({ options: all ? '' : 'all' })} /> Also
                those that are the same
              </label>
              <label>
                <input type="checkbox" checked={across} onChange={() => setParams({ across: across ? 'no' : 'yes' })} />{' '}
                Runs as columns
              </label>
            </div>
          )
          if (names.length === 0)
            return (
              <>
                {bar}
                <p class="muted">These runs were made with the same options, from the same data and split.</p>
              </>
            )
          const text = (r: number, name: string) => {
            const value = Object.hasOwn(values[r], name) ? values[r][name] : undefined
            return value === undefined ? '' : String(plain(value))
          }
          const places = [...rows.keys()]
          return (
            <>
              {bar}
              {across ? (
                <DataTable
                  name="Options by run"
                  rows={names}
                  rowKey={(name) => name}
                  columns={[
                    { title: 'Option', text: (name: string) => name },
                    ...places.map(
                      (r): Column<string> => ({
                        title: labels[r],
                        text: (name) => text(r, name),
                        show: (name) => text(r, name).slice(0, LONGEST),
                      }),
                    ),
                  ]}
                />
              ) : (
                <DataTable
                  name="Options of runs"
                  rows={places}
                  rowKey={(r) => rows[r].key}
                  columns={[
                    { title: 'Run', text: (r: number) => labels[r] },
                    ...names.map(
                      (name): Column<number> => ({
                        title: name,
                        text: (r) => text(r, name),
                        show: (r) => text(r, name).slice(0, LONGEST),
                      }),
                    ),
                  ]}
                />
              )}
            </>
          )
        }}
      </Show>
    </section>
  )
}
