// The URL is the state: what is shown can be sent to somebody else, and the back button goes back.
import { computed, type ReadonlySignal, signal } from '@preact/signals'

/** Where the server is mounted, with a slash at its end. */
export const SERVER = new URL(import.meta.env.DEV ? '/' : '../../', import.meta.url)
const STUDIO = `${SERVER.pathname}studio`

const here = signal(location.href)
addEventListener('popstate', () => {
  here.value = location.href
})

const url = computed(() => new URL(here.value))

/** The path below `/studio`, without slashes around it: `runs`, or `runs/books/seed1`. Its parts are decoded. */
export const path: ReadonlySignal<readonly string[]> = computed(() =>
  url.value.pathname
    .slice(STUDIO.length)
    .split('/')
    .filter((part) => part !== '')
    .map(decoded),
)

/** A parameter of the address; '' where there is none. */
export function param(name: string): string {
  return url.value.searchParams.get(name) ?? ''
}

/** All values of a parameter that may stand there several times. */
export function params(name: string): readonly string[] {
  return url.value.searchParams.getAll(name)
}

export type Params = Readonly<Record<string, string | number | readonly string[] | undefined>>

/** The address of a page of the studio; parts of the path are encoded, empty parameters left out. */
export function href(parts: readonly string[], given: Params = {}): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(given)) append(search, name, value)
  return `${STUDIO}/${parts.map(encodeURIComponent).join('/')}${search.size > 0 ? `?${search}` : ''}`
}

/** Goes to an address of the studio; `replace` where the back button should not stop at what was before. */
export function go(address: string, { replace = false } = {}): void {
  if (new URL(address, location.href).href === location.href) return
  history[replace ? 'replaceState' : 'pushState'](null, '', address)
  here.value = location.href
}

/** Changes parameters of this page; undefined or '' takes one away. */
export function setParams(given: Params, options: { readonly replace?: boolean } = {}): void {
  const changed = new URL(location.href)
  for (const [name, value] of Object.entries(given)) {
    changed.searchParams.delete(name)
    append(changed.searchParams, name, value)
  }
  go(changed.href, options)
}

function append(search: URLSearchParams, name: string, value: Params[string]): void {
  if (Array.isArray(value)) for (const one of value) search.append(name, one)
  else if (value !== undefined && value !== '') search.set(name, String(value))
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}
