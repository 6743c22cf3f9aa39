import { useState } from 'preact/hooks'
import {
  conditionOf,
  conditionsOf,
  type Filter,
  filterIn,
  filterOf,
  OPERATORS,
  type Operator,
  worded,
} from './question.ts'

/** What may appear: conditions one after the other, or any filter as JSON. */
export function FilterForm({
  filter,
  fields,
  change,
}: {
  filter: Filter | undefined
  /** What items are described by, to choose from. */
  fields: readonly string[]
  change: (filter: Filter | undefined) => void
}) {
  const [field, setField] = useState('')
  const [operator, setOperator] = useState<Operator>('is')
  const [text, setText] = useState('')
  const conditions = conditionsOf(filter)
  const asks = !operator.endsWith('known')
  const add = (event: Event) => {
    event.preventDefault()
    if (field === '' || conditions === undefined || (asks && text === '')) return
    change(filterOf([...conditions, conditionOf(field, operator, text)]))
    setText('')
  }
  return (
    <details class="filter" open={filter !== undefined}>
      <summary>What if only some items might appear?</summary>
      {conditions?.map((condition, i) => (
        <span class="condition" key={worded(condition)}>
          <bdi>{worded(condition)}</bdi>{' '}
          <button
            type="button"
            class="quiet"
            aria-label={`Take away: ${worded(condition)}`}
            onClick={() => change(filterOf(conditions.filter((_, other) => other !== i)))}
          >
            ×
          </button>
        </span>
      ))}
      {conditions !== undefined && (
        <form class="row" onSubmit={add}>
          <label>
            Field{' '}
            <input
              list="item-fields"
              size={12}
              value={field}
              onInput={(event) => setField(event.currentTarget.value.trim())}
            />
          </label>
          <datalist id="item-fields">
            {fields.map((name) => (
              <option key={name} value={name} />
            ))}
          </datalist>
          <select
            aria-label="How it is compared"
            value={operator}
            onChange={(event) => setOperator(event.currentTarget.value as Operator)}
          >
            {OPERATORS.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
          {asks && (
            <input
              aria-label="What it is compared with"
              size={12}
              value={text}
              onInput={(event) => setText(event.currentTarget.value)}
            />
          )}
          <button type="submit">Add</button>
        </form>
      )}
      <AnyFilter filter={filter} change={change} />
    </details>
  )
}

function AnyFilter({ filter, change }: { filter: Filter | undefined; change: (filter: Filter | undefined) => void }) {
  const [wrong, setWrong] = useState('')
  const take = (text: string) => {
    const told = filterIn(text.trim())
    const isWrong = told === undefined && text.trim() !== ''
    setWrong(isWrong ? 'That is no filter; one is such as {"field": "price", "lte": 20}' : '')
    if (!isWrong) change(told)
  }
  return (
    <details>
      <summary>As JSON</summary>
      <label>
        Any filter of <code>POST /v1/recommendations</code>
        <textarea
          rows={3}
          spellcheck={false}
          value={filter === undefined ? '' : JSON.stringify(filter)}
          onChange={(event) => take(event.currentTarget.value)}
        />
      </label>
      {wrong !== '' && (
        <p class="failure" role="alert">
          {wrong}
        </p>
      )}
    </details>
  )
}
