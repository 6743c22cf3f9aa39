import type { ComponentChildren } from 'preact'

/** What is wrong, by the names of fields as the server calls them; '' for what is no field’s. */
export type Wrong = Readonly<Record<string, string>>

interface Given {
  readonly id: string
  readonly name: string
  readonly 'aria-describedby': string | undefined
  readonly 'aria-invalid': boolean
  readonly autoComplete: 'off'
}

interface FieldProps {
  readonly name: string
  readonly label?: string
  readonly help?: string | undefined
  readonly wrong: Wrong
  readonly class?: string
  readonly children: (given: Given) => ComponentChildren
}

/** A labelled field with its help, and what is wrong with it where something is. */
export function Field({ name, label = name, help, wrong, children, ...others }: FieldProps) {
  const id = `field-${name}`
  const message = wrong[name]
  const told = [message !== undefined && `${id}-wrong`, help !== undefined && `${id}-help`].filter(Boolean).join(' ')
  return (
    <div {...others}>
      <label for={id}>{label}</label>
      {children({
        id,
        name,
        'aria-describedby': told || undefined,
        'aria-invalid': message !== undefined,
        autoComplete: 'off',
      })}
      {message !== undefined && (
        <p id={`${id}-wrong`} class="failure">
          {message}
        </p>
      )}
      {help !== undefined && (
        <p id={`${id}-help`} class="help">
          {help}
        </p>
      )}
    </div>
  )
}
