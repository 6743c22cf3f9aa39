// What a page shows, taken along: to the clipboard, or into a file.
import { useState } from 'preact/hooks'

/** A file made of text, through a link that is never in the page. */
export function save(name: string, text: string, type: string): void {
  const address = URL.createObjectURL(new Blob([text], { type }))
  const link = document.createElement('a')
  link.href = address
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), 1000)
}

/** A button that copies, and says that it has. */
export function CopyButton({ text, label = 'Copy' }: { text: () => string; label?: string }) {
  const [told, setTold] = useState('')
  const copy = () =>
    navigator.clipboard.writeText(text()).then(
      () => setTold('Copied'),
      () => setTold('Not allowed to copy'),
    )
  return (
    <button type="button" class="quiet" onClick={copy} onBlur={() => setTold('')}>
      <span aria-live="polite">{told || label}</span>
    </button>
  )
}
