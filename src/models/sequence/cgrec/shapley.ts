// Cooperative games over domains. A coalition is a bit mask: bit d is set where domain d belongs to it.

/** A player joins a coalition: one term of its Shapley value. */
export interface Marginal {
  readonly player: number
  /** The coalition that it joins. */
  readonly before: number
  /** How much its gain counts; the weights of a player sum to 1. */
  readonly weight: number
}

/** Every way of joining, weighed by the share of orders in which it happens: |S|! (n − |S| − 1)! / n! (Shapley, 1953). */
export function everyMarginal(players: readonly number[]): Marginal[] {
  const n = players.length
  const marginals: Marginal[] = []
  for (const player of players) {
    const others = players.filter((other) => other !== player)
    for (let chosen = 0; chosen < 2 ** (n - 1); chosen++) {
      const members = others.filter((_, i) => (chosen >> i) & 1)
      const weight = (factorial(members.length) * factorial(n - members.length - 1)) / factorial(n)
      marginals.push({ player, before: coalition(members), weight })
    }
  }
  return marginals
}

/** The ways of joining that happen in the given orders of the players: with orders drawn at random an unbiased estimate. */
export function marginalsOfOrders(orders: readonly (readonly number[])[]): Marginal[] {
  return orders.flatMap((order) =>
    order.map((player, place) => ({ player, before: coalition(order.slice(0, place)), weight: 1 / orders.length })),
  )
}

/** Shapley values by player, [players] sparse: 0 for whoever is in no marginal. */
export function shapleyValues(
  marginals: readonly Marginal[],
  players: number,
  value: (coalition: number) => number,
): Float64Array {
  const values = new Float64Array(players)
  for (const { player, before, weight } of marginals)
    values[player] = values[player] + weight * (value(before | (1 << player)) - value(before))
  return values
}

/** For each target domain the game of the other domains: how well is it predicted when only they and its own items are seen? */
export interface DomainGames {
  readonly games: readonly { readonly target: number; readonly marginals: readonly Marginal[] }[]
  /** Every coalition (target included) that a value is needed of, each once: one pass gives the losses of all its members. */
  readonly coalitions: readonly number[]
}

/**
 * @param sources domains whose items are seen: the players
 * @param targets domains that are predicted
 * @param orders orders of the sources to estimate from; without them the values are exact
 */
export function domainGames(
  sources: readonly number[],
  targets: readonly number[],
  orders?: readonly (readonly number[])[],
): DomainGames {
  const games = targets.flatMap((target) => {
    const others = (domains: readonly number[]) => domains.filter((domain) => domain !== target)
    const marginals = orders === undefined ? everyMarginal(others(sources)) : marginalsOfOrders(orders.map(others))
    return marginals.length === 0 ? [] : [{ target, marginals }]
  })
  const coalitions = new Set<number>()
  for (const { target, marginals } of games)
    for (const { player, before } of marginals) {
      coalitions.add(before | (1 << target))
      coalitions.add(before | (1 << target) | (1 << player))
    }
  return { games, coalitions: [...coalitions].sort((a, b) => a - b) }
}

/**
 * What each domain adds to the others: its Shapley value in the game of each target, v_d(S) = −L^d(S), averaged over the
 * targets it plays for. Positive helps. NaN for a domain that is in no game.
 * @param loss mean loss of the targets in a domain when the items of a coalition (which holds the domain) are seen
 */
export function contributions(
  { games }: DomainGames,
  domains: number,
  loss: (coalition: number, domain: number) => number,
): Float64Array {
  const sums = new Float64Array(domains)
  const played = new Int32Array(domains)
  for (const { target, marginals } of games) {
    const values = shapleyValues(marginals, domains, (others) => -loss(others | (1 << target), target))
    for (const player of new Set(marginals.map(({ player }) => player))) {
      sums[player] = sums[player] + values[player]
      played[player] = played[player] + 1
    }
  }
  return sums.map((sum, d) => sum / played[d])
}

/** D · softmax(standing / temperature): the weights of the domains' losses, 1 on average. */
export function domainWeights(standing: ArrayLike<number>, temperature: number): Float64Array {
  const scaled = Float64Array.from(standing, (m) => m / temperature)
  const most = scaled.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY)
  const exponentials = scaled.map((m) => Math.exp(m - most))
  const sum = exponentials.reduce((a, b) => a + b, 0)
  return exponentials.map((e) => (scaled.length * e) / sum)
}

function coalition(members: readonly number[]): number {
  return members.reduce((mask, member) => mask | (1 << member), 0)
}

function factorial(n: number): number {
  return n <= 1 ? 1 : n * factorial(n - 1)
}
