/**
 * Values by names that come from users' data, in the order they were put in. A plain object has no such order (names that look
 * like whole numbers come first) and answers to names it never got (`constructor`). As JSON it is an object, whose readers look
 * names up.
 */
export interface ByName<T> extends ReadonlyMap<string, T> {
  toJSON(): Readonly<Record<string, T>>
}

export function byName<T>(entries: Iterable<readonly [string, T]>): ByName<T> {
  return new NamedMap(entries)
}

/** The same names with what `change` makes of their values. */
export function mapValues<T, U>(values: ReadonlyMap<string, T>, change: (value: T, name: string) => U): ByName<U> {
  return byName([...values].map(([name, value]) => [name, change(value, name)]))
}

/** What a row for all domains together is called: `overall`, as in JSON, unless a domain is called so itself. */
export function nameOfAll(domains: Iterable<string>): string {
  const taken = new Set(domains)
  let name = 'overall'
  while (taken.has(name)) name = name === 'overall' ? 'all domains' : `${name} together`
  return name
}

class NamedMap<T> extends Map<string, T> implements ByName<T> {
  toJSON(): Readonly<Record<string, T>> {
    return Object.fromEntries(this)
  }
}
