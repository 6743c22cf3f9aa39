import type { Weighing } from '../experiment.ts'

/** What was observed of the users of an experiment, in columns. A user counts from his first list on. */
export interface UserColumns {
  /** The first is the control. */
  readonly arms: readonly string[]
  readonly users: number
  /** The arm that a user met first, as a place in `arms`. [users] */
  readonly arm: Int32Array
  /** When he was assigned, milliseconds since 1970. [users] */
  readonly assigned: Float64Array
  /** 1 where he met lists of another arm later. [users] */
  readonly strayed: Uint8Array
  /** The weights that held one after another; one entry where they never changed. */
  readonly weighings: readonly Weighing[]
  readonly domains: readonly string[]
  /** Lists that he got, by domain; 0: he was never there. [domains][users] */
  readonly lists: readonly Float64Array[]
  /** Of these, those that somebody told were seen. Absent where no list was. [domains][users] */
  readonly seen?: readonly Float64Array[] | undefined
  /** Of these, those with fewer items than were asked for. [domains][users] */
  readonly short?: readonly Float64Array[] | undefined
  /** How long his lists took to make. Absent where no list says so. */
  readonly latency?: LatencyColumns | undefined
  /** By the name of the metric or guardrail. */
  readonly rewards: ReadonlyMap<string, RewardColumns>
}

export interface LatencyColumns {
  /** Of all his lists that say so, together. [users] */
  readonly milliseconds: Float64Array
  /** How many those are. [users] */
  readonly lists: Float64Array
}

export interface RewardColumns {
  /** What came of his lists. [domains][users] */
  readonly after: readonly Float64Array[]
  /** The same events in a span before his first list. Absent where nothing was known of him. [domains][users] */
  readonly before?: readonly Float64Array[] | undefined
}

/** A domain, or all of them: what its users got and gave. */
export interface Place {
  /** Absent: all domains. */
  readonly domain?: string | undefined
  /** [users] */
  readonly lists: Float64Array
  readonly seen?: Float64Array | undefined
  readonly short?: Float64Array | undefined
  /** [users] */
  readonly after: (metric: string) => Float64Array
  readonly before: (metric: string) => Float64Array | undefined
}

/** Each domain, and all together. */
export function placesOf(columns: UserColumns): { readonly overall: Place; readonly domains: readonly Place[] } {
  const place = (pick: (parts: readonly Float64Array[]) => Float64Array, domain?: string): Place => ({
    domain,
    lists: pick(columns.lists),
    seen: columns.seen && pick(columns.seen),
    short: columns.short && pick(columns.short),
    after: (metric) => pick(rewardsOf(columns, metric).after),
    before(metric) {
      const { before } = rewardsOf(columns, metric)
      return before && pick(before)
    },
  })
  return {
    overall: place((parts) => (parts.length === 1 ? parts[0] : summed(parts, columns.users))),
    domains: columns.domains.map((domain, d) => place((parts) => parts[d], domain)),
  }
}

function rewardsOf({ rewards }: UserColumns, metric: string): RewardColumns {
  const found = rewards.get(metric)
  if (found === undefined) throw new RangeError(`no rewards were read of '${metric}'`)
  return found
}

function summed(parts: readonly Float64Array[], users: number): Float64Array {
  const sum = new Float64Array(users)
  for (const part of parts) for (let user = 0; user < users; user++) sum[user] += part[user]
  return sum
}

/** Of each user the weights under which he was assigned, as a place in `weighings`. [users] */
export function weighingOf({ users, assigned, weighings }: UserColumns): Int32Array {
  const places = new Int32Array(users)
  for (let user = 0; user < users; user++)
    for (let place = 1; place < weighings.length; place++)
      if (assigned[user] >= weighings[place].from) places[user] = place
  return places
}
