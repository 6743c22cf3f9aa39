import { useEffect } from 'preact/hooks'

/** Calls again and again while the page is looked at; not at all without a span. */
export function useEvery(milliseconds: number | undefined, act: () => void): void {
  useEffect(() => {
    if (milliseconds === undefined) return
    const timer = setInterval(() => document.visibilityState === 'visible' && act(), milliseconds)
    return () => clearInterval(timer)
  }, [milliseconds])
}
