import { setParams } from '../../url.ts'
import type { RunColumn } from './columns.ts'

/** Which columns are shown; nothing is loaded for it. */
export function Columns({ columns, chosen }: { columns: readonly RunColumn[]; chosen: readonly string[] }) {
  const choose = (name: string) => {
    const next = chosen.includes(name) ? chosen.filter((one) => one !== name) : [...chosen, name]
    setParams({ columns: next.join(',') })
  }
  return (
    <details class="menu">
      <summary>Columns</summary>
      <fieldset>
        <legend>Columns shown</legend>
        {columns.map(({ name }) => (
          <label key={name}>
            <input type="checkbox" checked={chosen.includes(name)} onChange={() => choose(name)} /> {name}
          </label>
        ))}
      </fieldset>
    </details>
  )
}
