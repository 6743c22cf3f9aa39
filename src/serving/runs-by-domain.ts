import { TributaryError, unknownName } from '../core/index.ts'

/**
 * Reads `DOMAIN=RUN,DOMAIN=RUN` of an option. Domains and folders may hold `=` and commas themselves: a pair begins where a domain's name
 * and `=` stand, the longest name where several do.
 * @throws TributaryError `unknown-name`; `bad-argument` for a domain that is given twice
 */
export function parseRunsByDomain(
  text: string,
  domains: readonly string[],
  option: string,
): ReadonlyMap<string, string> {
  const longestFirst = [...domains].sort((a, b) => b.length - a.length)
  const domainAt = (place: number) => longestFirst.find((domain) => text.startsWith(`${domain}=`, place))
  const folders = new Map<string, string>()
  for (let place = 0; place < text.length; ) {
    const domain = domainAt(place)
    if (domain === undefined) throw unknownName('domain', text.slice(place).split('=')[0], domains)
    if (folders.has(domain))
      throw new TributaryError('bad-argument', `${option} names the domain '${domain}' twice; give it one run`)
    const start = place + domain.length + 1
    const commas = [...text.slice(start).matchAll(/,/g)].map(({ index }) => start + index)
    // A name that no domain has is taken for a slip, not for a part of the folder before it.
    const end = commas.find((comma) => domainAt(comma + 1) !== undefined || /^[^,]*=/.test(text.slice(comma + 1)))
    folders.set(domain, text.slice(start, end))
    place = (end ?? text.length) + 1
  }
  return folders
}
