// The keyboard: a letter does something on a page, except where somebody writes.
import { useEffect } from 'preact/hooks'

const WRITING = 'input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]'

/** @param keys what a key does, by `KeyboardEvent.key`; those held with Ctrl, Alt or Meta are the browser's */
export function useKeys(keys: Readonly<Record<string, () => void>>): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.altKey || event.metaKey) return
      if (event.target instanceof Element && event.target.closest(WRITING)) {
        if (event.key === 'Escape') (event.target as HTMLElement).blur()
        return
      }
      const act = keys[event.key]
      if (act === undefined) return
      event.preventDefault()
      act()
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  })
}
