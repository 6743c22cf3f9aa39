import type { Ref } from 'preact'
import { useState } from 'preact/hooks'
import type { Client } from '../../../src/client/index.ts'
import { type Answered, useAnswer } from '../../api.ts'

export interface Choice {
  readonly name: string
  /** What it is called, where that is something else. */
  readonly title?: string | undefined
  readonly domain?: string | undefined
}

interface FinderProps {
  readonly label: string
  readonly ask: (client: Client, search: string, signal: AbortSignal) => Promise<readonly Choice[]>
  readonly pick: (name: string) => void
  /** Whether what was typed may be taken as it is. */
  readonly free?: boolean
  readonly field?: Ref<HTMLInputElement>
}

const PATIENCE_MILLISECONDS = 150

/** A field to search by, with what was found below it. */
export function Finder({ label, ask, pick, free = false, field }: FinderProps) {
  const [text, setText] = useState('')
  const [isOpen, setOpen] = useState(false)
  const search = async (client: Client, signal: AbortSignal) => {
    await new Promise((resolve) => setTimeout(resolve, PATIENCE_MILLISECONDS))
    signal.throwIfAborted()
    return await ask(client, text.trim(), signal)
  }
  const found = useAnswer(isOpen ? search : undefined, [text, isOpen])
  const choose = (name: string) => {
    setText('')
    setOpen(false)
    pick(name)
  }
  const submit = (event: Event) => {
    event.preventDefault()
    const typed = text.trim()
    const first = found.loading ? undefined : found.value?.[0]
    if (free && typed !== '') choose(typed)
    else if (first !== undefined) choose(first.name)
  }
  return (
    <form
      class="finder"
      onSubmit={submit}
      onFocusOut={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOpen(false)
      }}
      onKeyDown={(event) => {
        if (event.key === 'Escape') setOpen(false)
        const by = { ArrowDown: 1, ArrowUp: -1 }[event.key]
        if (by === undefined) return
        const all = [...event.currentTarget.querySelectorAll<HTMLElement>('input, li button')]
        all[all.indexOf(event.target as HTMLElement) + by]?.focus()
        event.preventDefault()
      }}
    >
      <label>
        {label}{' '}
        <input
          ref={field}
          type="search"
          autocomplete="off"
          spellcheck={false}
          value={text}
          maxLength={200}
          onFocus={() => setOpen(true)}
          onInput={(event) => {
            setText(event.currentTarget.value)
            setOpen(true)
          }}
        />
      </label>
      {isOpen && <Found of={found} label={label} choose={choose} />}
    </form>
  )
}

function Found({
  of: { value, error, loading },
  label,
  choose,
}: {
  of: Answered<readonly Choice[]>
  label: string
  choose: (name: string) => void
}) {
  const said =
    error?.message ?? (value === undefined || loading ? 'Searching …' : value.length === 0 && 'Nothing found')
  return (
    <div class="found">
      <p class="muted" role="status">
        {said}
      </p>
      {value !== undefined && value.length > 0 && (
        <ul aria-label={`Found: ${label}`}>
          {value.map(({ name, title, domain }) => (
            <li key={name}>
              <button type="button" class="quiet" onClick={() => choose(name)}>
                <bdi>{title ?? name}</bdi>
              </button>
              <span class="muted">
                {title !== undefined && title !== name && <bdi>{name}</bdi>} {domain}
              </span>
            </li>
          ))}
        </ul>
      )}
    </div>
  )
}
