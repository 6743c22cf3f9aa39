import type { ComponentChildren } from 'preact'
import { useRef, useState } from 'preact/hooks'

interface ConfirmProps {
  /** On the button, and what the dialog is called. */
  readonly label: string
  /** Has to be typed, where users see what comes of it. */
  readonly name?: string
  readonly act: () => Promise<unknown>
  /** What will happen. */
  readonly children: ComponentChildren
}

/** A button that says what will happen before it does: Escape and Leave it change nothing. */
export function Confirm({ label, name, act, children }: ConfirmProps) {
  const dialog = useRef<HTMLDialogElement>(null)
  const [typed, setTyped] = useState('')
  const [state, setState] = useState<{ readonly working?: boolean; readonly failure?: string }>({})
  const submit = async (event: Event) => {
    event.preventDefault()
    setState({ working: true })
    try {
      await act()
      dialog.current?.close()
      setState({})
      setTyped('')
    } catch (error) {
      setState({ failure: (error as Error).message })
    }
  }
  return (
    <>
      <button type="button" onClick={() => dialog.current?.showModal()}>
        {label}
      </button>
      <dialog ref={dialog} aria-label={label}>
        <form onSubmit={submit}>
          <h2>{label}</h2>
          {children}
          {name !== undefined && (
            <p>
              <label>
                Type <strong class="name">{name}</strong> to do it{' '}
                <input
                  autocomplete="off"
                  spellcheck={false}
                  value={typed}
                  onInput={({ currentTarget: { value } }) => setTyped(value)}
                />
              </label>
            </p>
          )}
          {state.failure !== undefined && (
            <p class="failure" role="alert">
              {state.failure}
            </p>
          )}
          <button type="submit" disabled={state.working || (name !== undefined && typed !== name)}>
            {label}
          </button>{' '}
          <button type="button" class="quiet" onClick={() => dialog.current?.close()}>
            Leave it
          </button>
        </form>
      </dialog>
    </>
  )
}
