import { useState } from 'preact/hooks'
import { key, refusedKey, useKey } from '../api.ts'

/** Asks for a key where the server wants one. */
export function KeyForm() {
  const [text, setText] = useState('')
  if (refusedKey.value === '') return null
  return (
    <form
      class="key"
      onSubmit={(event) => {
        event.preventDefault()
        useKey(text.trim())
      }}
    >
      <p role="alert">{refusedKey.value}</p>
      <label>
        Key for <code>admin</code>, kept in this tab alone{' '}
        <input
          type="password"
          autocomplete="off"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>{' '}
      <button type="submit">Use it</button>{' '}
      {key.value !== '' && (
        <button type="button" class="quiet" onClick={() => useKey('')}>
          Forget the other
        </button>
      )}
    </form>
  )
}
