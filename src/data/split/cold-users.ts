import { type Dataset, domainOfItem, Part, type Split, TributaryError, unknownName } from '../../core/index.ts'
import { createRng } from '../../math/index.ts'
import { parseSplitName } from './name.ts'

/** Which domains users are new in, by index, ascending. What is learned from for each of them is every other domain. */
export interface ColdUserRoles {
  readonly targets: readonly number[]
}

export const COLD_USERS = 'cold-users'
export const COLD_USERS_USAGE = `${COLD_USERS}:SHARE or ${COLD_USERS}:SHARE:TARGET`

/** One in so many of the users who know several domains and are not cold validates. */
const VALIDATES = 10

/**
 * The roles of a split made by `cold-users:…`.
 * @throws TributaryError `bad-argument` for another split or a share that is none, `unknown-name` for an unknown domain
 */
export function coldUserRoles(dataset: Pick<Dataset, 'name' | 'domains'>, split: Pick<Split, 'name'>): ColdUserRoles {
  const { rule, parameters } = parseSplitName(split.name)
  if (rule !== COLD_USERS || parameters === undefined) {
    const message = `in the split '${split.name}' nobody is new in a domain; split '${dataset.name}' by (--split-by) ${COLD_USERS_USAGE} (its domains: ${dataset.domains.join(', ')})`
    throw new TributaryError('bad-argument', message)
  }
  return parseParameters(dataset, parameters)
}

/**
 * Of the users with rows in the target and in another domain a drawn share is cold: all their target rows are test. A tenth
 * of the others validates in the same way. Every other row trains: what cold users did elsewhere, and what users did who
 * know the target alone. Where no target is named, each drawn user is cold in one of the domains they know.
 *
 * The draw goes by the seed and the users' names: a larger share has the users of a smaller one.
 * @throws TributaryError as `coldUserRoles` does; `bad-argument` without users who know two domains, for a share that leaves
 * nobody to ask about or to learn from, and for a domain of which no row would train
 */
export function coldUserParts(dataset: Dataset, parameters: string, seed = 1): Uint8Array {
  const { share, targets } = parseParameters(dataset, parameters)
  const { log, domains, users } = dataset
  const only = targets.length === 1 ? targets[0] : undefined
  const draw = createRng(seed).split(COLD_USERS)
  const known = knownDomains(dataset)
  const drawn: { user: number; at: number }[] = []
  for (const [user, of] of known.entries())
    if (of.length > 1 && (only === undefined || of.includes(only)))
      drawn.push({ user, at: draw.split('order', users.name(user)).uint32() })
  if (drawn.length === 0) {
    const message = `no user of '${dataset.name}' has rows in ${only === undefined ? 'two domains' : `'${domains[only]}' and in another domain`}, so nobody can be new in one and known in another`
    throw new TributaryError('bad-argument', message)
  }
  // Users are numbered by their names, so that equal draws do not go by the order of rows.
  drawn.sort((a, b) => a.at - b.at || a.user - b.user)
  const cold = Math.round(share * drawn.length)
  const valid = Math.max(1, Math.round((drawn.length - cold) / VALIDATES))
  refuseShare(drawn.length, cold, valid, parameters)

  const part = new Uint8Array(log.length).fill(Part.train)
  for (const [place, { user }] of drawn.slice(0, cold + valid).entries()) {
    const of = known[user]
    const target = only ?? of[draw.split('domain', users.name(user)).below(of.length)]
    for (let row = log.userStart[user]; row < log.userStart[user + 1]; row++)
      if (domainOfItem(dataset, log.item[row]) === target) part[row] = place < cold ? Part.test : Part.valid
  }
  refuseUntrained(dataset, part)
  return part
}

/** The domains in which each user has rows, ascending. [users] */
function knownDomains(dataset: Dataset): number[][] {
  const { log } = dataset
  return Array.from({ length: dataset.users.size }, (_, user) => {
    const items = log.item.subarray(log.userStart[user], log.userStart[user + 1])
    return [...new Set(Array.from(items, (item) => domainOfItem(dataset, item)))].sort((a, b) => a - b)
  })
}

function refuseShare(shared: number, cold: number, valid: number, parameters: string): void {
  const ofThem = `of the ${shared} ${shared === 1 ? 'user who knows' : 'users who know'} several domains`
  const name = `${COLD_USERS}:${parameters}`
  if (cold === 0) {
    const message = `the split '${name}' makes nobody new: its share ${ofThem} is less than one; take a larger share`
    throw new TributaryError('bad-argument', message)
  }
  if (cold + valid < shared) return
  const message = `the split '${name}' leaves nobody to learn from: ${ofThem}, ${cold} would be new and ${valid} would validate; take a smaller share`
  throw new TributaryError('bad-argument', message)
}

function refuseUntrained(dataset: Dataset, part: Uint8Array): void {
  const trained = dataset.domains.map(() => false)
  for (const [row, code] of part.entries())
    if (code === Part.train) trained[domainOfItem(dataset, dataset.log.item[row])] = true
  const domain = trained.indexOf(false)
  if (domain === -1) return
  const message = `no row of '${dataset.domains[domain]}' is left to learn from, since all its users would be new or validate there; take a smaller share or name a target`
  throw new TributaryError('bad-argument', message)
}

/** `0.2`, `20%:Books`. */
function parseParameters(
  { name, domains }: Pick<Dataset, 'name' | 'domains'>,
  text: string,
): { share: number; targets: number[] } {
  const [given] = text.split(':', 1)
  const [, digits, percent] = /^(\d+(?:\.\d+)?|\.\d+)(%?)$/.exec(given) ?? []
  const share = Number(digits) / (percent === '%' ? 100 : 1)
  if (!(share > 0 && share < 1)) {
    const message = `the share '${given}' of the split '${COLD_USERS}:${text}' must be a number between 0 and 1, as 0.2, or a percentage, as 20%`
    throw new TributaryError('bad-argument', message)
  }
  if (domains.length < 2) {
    const message = `'${name}' has only the domain '${domains[0]}', so nobody can be known in another one; '${COLD_USERS}' needs two domains`
    throw new TributaryError('bad-argument', message)
  }
  if (given === text) return { share, targets: domains.map((_, domain) => domain) }
  const target = text.slice(given.length + 1)
  const domain = domains.indexOf(target)
  if (domain === -1) throw unknownName('domain', target, domains)
  return { share, targets: [domain] }
}
