import { type Dataset, type Split, TributaryError, unknownName } from '../../core/index.ts'
import { coldUserRoles, crossDomainRoles } from '../../data/index.ts'

/** A domain that is learned for, and those that are learned from. */
export interface BridgeRoles {
  readonly target: number
  readonly sources: readonly number[]
}

/**
 * What a split asks for: each target with its sources, of which `named` may name some.
 * @throws TributaryError `bad-argument` for a split without targets or names without a source, `unknown-name`
 */
export function bridgeRoles(dataset: Dataset, split: Split, named: string): BridgeRoles[] {
  const { domains } = dataset
  const chosen = named === '' ? [...domains.keys()] : namedDomains(named, domains)
  const found = rolesOf(dataset, split).flatMap(({ target, sources }) => {
    const own = sources.filter((d) => chosen.includes(d))
    return own.length === 0 ? [] : [{ target, sources: own }]
  })
  if (found.length > 0) return found
  const message = `sources=${named} leaves nothing to learn from, since it names the target alone; name other domains (of ${domains.join(', ')})`
  throw new TributaryError('bad-argument', message)
}

/** Domains in which users are new: those that a split is about, or all. */
export function newcomersDomains(dataset: Dataset, split: Split): number[] {
  const asksOfSome = ['cross-domain', 'cold-users'].some((rule) => split.name.startsWith(rule))
  return asksOfSome ? rolesOf(dataset, split).map(({ target }) => target) : [...dataset.domains.keys()]
}

function rolesOf(dataset: Dataset, split: Split): BridgeRoles[] {
  if (split.name.startsWith('cross-domain')) return [crossDomainRoles(dataset, split)]
  const { targets } = coldUserRoles(dataset, split)
  return targets.map((target) => ({ target, sources: [...dataset.domains.keys()].filter((d) => d !== target) }))
}

/** Names may hold a plus themselves: each is the longest known one that a plus or the end follows. */
function namedDomains(text: string, domains: readonly string[]): number[] {
  const starts = domains.filter((name) => `${text}+`.startsWith(`${name}+`)).sort((a, b) => b.length - a.length)
  const first = starts[0] ?? text.split('+', 1)[0]
  const domain = domains.indexOf(first)
  if (domain === -1) throw unknownName('domain', first, domains)
  return first.length === text.length ? [domain] : [domain, ...namedDomains(text.slice(first.length + 1), domains)]
}
