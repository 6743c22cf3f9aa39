import { type Dataset, domainOfItem, Part, type Split } from '../../core/index.ts'

/**
 * Which vectors users have where each domain has some of its own: one for each domain in which a user has training rows, and one in common
 * for users of several domains. So no vector stands for what nobody learned.
 */
export interface Members {
  /** Row of a user's vector in a domain, from 1; 0 where the user has no training rows there. */
  own(user: number, domain: number): number
  /** Row of what the domains of a user have in common, from 1; 0 for users of fewer than two. */
  shared(user: number): number
  /** Vectors of each kind. */
  readonly counts: { readonly own: number; readonly shared: number }
  /** Users with training rows in a domain, ascending. */
  of(domain: number): Int32Array
}

export function membersOf(dataset: Dataset, { part }: Split): Members {
  const { log, users } = dataset
  const domains = dataset.domains.length
  const own = new Int32Array(users.size * domains)
  for (let row = 0; row < log.length; row++)
    if (part[row] === Part.train) own[log.user[row] * domains + domainOfItem(dataset, log.item[row])] = 1
  const shared = new Int32Array(users.size)
  const counts = { own: 0, shared: 0 }
  for (let user = 0; user < users.size; user++) {
    const before = counts.own
    for (let at = user * domains; at < (user + 1) * domains; at++) if (own[at] === 1) own[at] = ++counts.own
    if (counts.own - before > 1) shared[user] = ++counts.shared
  }
  const everyone = Int32Array.from({ length: users.size }, (_, user) => user)
  return {
    own: (user, domain) => own[user * domains + domain],
    shared: (user) => shared[user],
    counts,
    of: (domain) => everyone.filter((user) => own[user * domains + domain] > 0),
  }
}
