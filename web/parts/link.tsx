import type { ComponentChildren } from 'preact'
import { go, href, type Params } from '../url.ts'

interface LinkProps {
  readonly to: readonly string[]
  readonly with?: Params
  readonly class?: string
  readonly current?: boolean
  readonly children: ComponentChildren
}

/** A link to a page of the studio, which does not load it anew. */
export function Link({ to, with: given, current, children, ...others }: LinkProps) {
  const address = href(to, given)
  return (
    <a
      {...others}
      href={address}
      aria-current={current ? 'page' : undefined}
      onClick={(event) => {
        if (event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return
        event.preventDefault()
        go(address)
        scrollTo(0, 0)
      }}
    >
      {children}
    </a>
  )
}
