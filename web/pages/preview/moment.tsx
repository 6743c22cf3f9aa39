import { useEffect, useRef, useState } from 'preact/hooks'
import { setParams } from '../../url.ts'
import { count, type Past } from './question.ts'
import { timeText } from './strip.tsx'

const PATIENCE_MILLISECONDS = 120

/** Goes back to what was known at a moment; lists then show which of their items the user took later. */
export function Moment({ stored, asOf }: { stored: readonly Past[]; asOf: number }) {
  const [at, setAt] = useState(asOf)
  const waiting = useRef<number | undefined>(undefined)
  useEffect(() => setAt(asOf), [asOf])
  useEffect(() => () => clearTimeout(waiting.current), [])
  const slide = (place: number) => {
    setAt(place)
    clearTimeout(waiting.current)
    const tell = () => setParams({ asof: place === stored.length ? '' : place }, { replace: true })
    waiting.current = window.setTimeout(tell, PATIENCE_MILLISECONDS)
  }
  const time = stored[at]?.timestamp
  const said =
    at === stored.length
      ? `now, with all ${count(stored.length)} items`
      : `${time === undefined ? '' : `before ${timeText(time)}, `}the first ${count(at)} of ${count(stored.length)} items`
  return (
    <label class="moment">
      <span>
        As of <strong>{said}</strong>
      </span>
      <input
        type="range"
        min={0}
        max={stored.length}
        value={at}
        aria-valuetext={said}
        onInput={(event) => slide(Number(event.currentTarget.value))}
      />
    </label>
  )
}
