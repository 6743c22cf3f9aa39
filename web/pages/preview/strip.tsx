import { useState } from 'preact/hooks'
import { count, type Entry, itemOf, moved, type Past } from './question.ts'

export interface StripProps {
  readonly stored: readonly Past[]
  readonly entries: readonly Entry[]
  readonly titleOf: (item: string) => string
  readonly domainOf: (item: string) => string | undefined
  /** By which a service is colored, the same in all of the page. */
  readonly hueOf: (domain: string | undefined) => string
  readonly change: (entries: readonly Entry[]) => void
}

/** Items that stand there at first; the others are asked for. */
const SHOWN = 60

/** What a user did as a strip, oldest first: each item can be dropped and moved, by mouse and by keyboard. */
export function Strip({ stored, entries, titleOf, domainOf, hueOf, change }: StripProps) {
  const [chosen, choose] = useState<number>()
  const [all, showAll] = useState(false)
  const first = all ? 0 : Math.max(0, entries.length - SHOWN)
  const at = chosen !== undefined && chosen < entries.length ? chosen : undefined
  const focus = (list: Element | null | undefined, index: number) =>
    list?.querySelector<HTMLElement>(`[data-place="${index}"]`)?.focus()
  const drop = (index: number) => {
    change(entries.filter((_, i) => i !== index))
    choose(undefined)
  }
  const move = (index: number, by: -1 | 1) => {
    change(moved(entries, index, by))
    choose(Math.min(Math.max(index + by, 0), entries.length - 1))
  }
  const press = (event: KeyboardEvent, index: number) => {
    const list = (event.currentTarget as Element).closest('ol')
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key] as -1 | 1 | undefined
    if (event.key === 'Delete') {
      drop(index)
      requestAnimationFrame(() => focus(list, Math.max(first, Math.min(index, entries.length - 2))))
    } else if (by !== undefined) {
      if (event.shiftKey) move(index, by)
      requestAnimationFrame(() => focus(list, index + by))
    } else return
    event.preventDefault()
  }
  return (
    <>
      {first > 0 && (
        <p class="muted">
          The last {SHOWN} of {count(entries.length)} items.{' '}
          <button type="button" class="quiet" onClick={() => showAll(true)}>
            Show all
          </button>
        </p>
      )}
      <ol class="strip" start={first + 1} aria-label="History, oldest first">
        {entries.slice(first).map((entry, i) => {
          const index = first + i
          const item = itemOf(entry, stored)
          const domain = domainOf(item)
          const isAdded = typeof entry === 'string'
          const isKnown = isAdded || stored[entry].known
          return (
            <li key={`${entry}-${isAdded ? index : ''}`}>
              <button
                type="button"
                class={`chip ${hueOf(domain)}`}
                data-place={index}
                aria-pressed={index === at}
                onClick={() => choose(index === at ? undefined : index)}
                onKeyDown={(event) => press(event, index)}
              >
                <bdi class="cut">{titleOf(item)}</bdi>
                <small>
                  {domain ?? 'of no known service'}
                  {isAdded && ' · added'}
                  {!isKnown && ' · new to the model'}
                </small>
              </button>
            </li>
          )
        })}
      </ol>
      {at !== undefined && (
        <p class="chosen-item">
          <Chosen entry={entries[at]} stored={stored} title={titleOf(itemOf(entries[at], stored))} />{' '}
          <button type="button" onClick={() => drop(at)}>
            Drop
          </button>{' '}
          <button type="button" disabled={at === 0} onClick={() => move(at, -1)}>
            Earlier
          </button>{' '}
          <button type="button" disabled={at === entries.length - 1} onClick={() => move(at, 1)}>
            Later
          </button>
        </p>
      )}
    </>
  )
}

function Chosen({ entry, stored, title }: { entry: Entry; stored: readonly Past[]; title: string }) {
  const item = itemOf(entry, stored)
  const { timestamp, value, type } = typeof entry === 'string' ? ({} as Partial<Past>) : stored[entry]
  const said = [
    title !== item && item,
    type,
    value !== undefined && `value ${Number(value.toPrecision(6))}`,
    timestamp !== undefined && timeText(timestamp),
  ]
  return (
    <>
      <strong>
        <bdi>{title}</bdi>
      </strong>{' '}
      <span class="muted">{said.filter(Boolean).join(' · ')}</span>
    </>
  )
}

/** To the minute, as the log has it. */
export function timeText(timestamp: string): string {
  return `${timestamp.slice(0, 16).replace('T', ' ')} UTC`
}
