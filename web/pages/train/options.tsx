import { useState } from 'preact/hooks'
import { Field, type Wrong } from './field.tsx'
import type { SpecOption } from './types.ts'
import { type Fields, textOf } from './words.ts'

interface OptionsProps {
  readonly options: readonly SpecOption[]
  readonly fields: Fields
  readonly set: Fields
  readonly wrong: Wrong
  /** Before the names of options, in the address and as the server calls their fields. */
  readonly prefix: string
  readonly change: (name: string) => (text: string) => void
}

/** A field for everything that can be set; what differs from the default comes first and is marked. */
export function Options({ options, fields, set, wrong, prefix, change }: OptionsProps) {
  const [words, setWords] = useState('')
  if (options.length === 0) return <p class="muted">It has no options.</p>
  const matches = ({ name, description }: SpecOption) =>
    words
      .toLowerCase()
      .split(/\s+/)
      .every((word) => `${name} ${description}`.toLowerCase().includes(word))
  const shown = options.filter((option) => matches(option) || fields[option.name] !== '')
  return (
    <fieldset>
      <legend>Options</legend>
      {options.length > 8 && (
        <label>
          Find an option <input type="search" value={words} onInput={(event) => setWords(event.currentTarget.value)} />{' '}
          <span class="muted" aria-live="polite">
            {shown.length} of {options.length}
          </span>
        </label>
      )}
      <div class="fields">
        {shown.map((option) => {
          const name = prefix + option.name
          const isSet = set[option.name] !== undefined
          return (
            <Field
              key={name}
              name={name}
              label={isSet ? `${option.name} (set)` : option.name}
              class={isSet ? 'set' : undefined}
              wrong={wrong}
              help={`${option.description} (${option.range})`}
            >
              {(given) => <Input {...{ given, option }} value={fields[option.name]} change={change(name)} />}
            </Field>
          )
        })}
      </div>
    </fieldset>
  )
}

interface InputProps {
  readonly given: object
  readonly option: SpecOption
  readonly value: string
  readonly change: (text: string) => void
}

function Input({ given, option: { choices, default: usual, bounds, reads }, value, change }: InputProps) {
  const byDefault = textOf(usual)
  if (choices !== undefined)
    return (
      <select {...given} value={value} onChange={(event) => change(event.currentTarget.value)}>
        <option value="">{byDefault} (default)</option>
        {choices.map(String).map((choice) => choice !== byDefault && <option key={choice}>{choice}</option>)}
      </select>
    )
  return (
    <input
      {...given}
      value={value}
      placeholder={byDefault === '' ? 'none' : byDefault}
      inputMode={bounds === undefined ? undefined : 'decimal'}
      list={reads === 'run' ? 'known-runs' : undefined}
      onInput={(event) => change(event.currentTarget.value)}
    />
  )
}
