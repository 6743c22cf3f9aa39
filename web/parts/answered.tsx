import type { ComponentChildren } from 'preact'
import type { Answered } from '../api.ts'

/** What an answer is shown as while it is on its way, when it failed, and when it is there. */
export function Show<T>({ of, children }: { of: Answered<T>; children: (value: T) => ComponentChildren }) {
  const { value, error, loading, reload } = of
  return (
    <>
      {error !== undefined && (
        <p class="failure" role="alert">
          {error.message}{' '}
          <button type="button" onClick={reload}>
            Try again
          </button>
        </p>
      )}
      {value === undefined ? loading && <p class="loading">Asking the server …</p> : children(value)}
    </>
  )
}
