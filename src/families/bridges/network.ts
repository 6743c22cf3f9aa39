import type { Feeds } from '../../nn/index.ts'
import { gather, input, type Sym } from '../../tensor/index.ts'
import type { Factors } from './factors.ts'
import type { Person } from './people.ts'

/** What a graph reads of one source of B users. */
export interface SourceInputs {
  readonly domain: number
  readonly name: string
  /** The users' frozen vectors there, 0 of those who are not known there. [B, n] */
  readonly vector: Sym
  /** 1 where the user is known there, else 0. [B, 1] */
  readonly known: Sym
  /** ln(1 + n) of the n rows that they are known by there. [B, 1] */
  rows(): Sym
  /** What they liked there: vectors of items, [B, T, n], and `keep` [B, T], 0 at padding, which stands behind; there may be padding alone. */
  behaviors(): { readonly items: Sym; readonly keep: Sym }
}

export interface BridgeInputs {
  /** n, of users' and items' vectors. */
  readonly width: number
  /** The domain that is learned for. */
  readonly target: string
  readonly sources: readonly SourceInputs[]
}

/** How vectors from sources become predictions in a target. */
export interface BridgeNetwork {
  /** What is computed once for each of B users, [B, …] each, with numbers for all other extents. `vector` [B, n] is needed where there is no `predict`. */
  readonly states: Readonly<Record<string, Sym>>
  /**
   * Of P pairs, from the states of their users, [P, …] each, and the vectors of their items, [P, n]: `rating` [P] beyond what the item adds by
   * itself; and whatever else is told of a pair. Absent: the product of `vector` with the item's.
   */
  predict?(states: Readonly<Record<string, Sym>>, items: Sym): { readonly rating: Sym } & Readonly<Record<string, Sym>>
}

export interface BoundInputs extends BridgeInputs {
  /** Of what the graph asked for. */
  feeds(people: readonly Person[]): Feeds
}

const NONE = new Int32Array(0)

/** @param sources ids of domains, in the order of `Person.there` */
export function bridgeInputs(
  factors: Factors,
  names: readonly string[],
  { target, sources }: { readonly target: number; readonly sources: readonly number[] },
): BoundInputs {
  const { width } = factors
  const asked = { rows: new Set<number>(), behaviors: new Set<number>() }
  return {
    width,
    target: names[target],
    sources: sources.map((domain, s): SourceInputs => {
      const rows = input(`source${s}/rows`, ['B', 1])
      const table = input(`source${s}/table`, [`V${s}`, width])
      const liked = input(`source${s}/liked`, ['B', `T${s}`], 'int32')
      const keep = input(`source${s}/keep`, ['B', `T${s}`])
      return {
        domain,
        name: names[domain],
        vector: input(`source${s}/vector`, ['B', width]),
        known: input(`source${s}/known`, ['B', 1]),
        rows() {
          asked.rows.add(s)
          return rows
        },
        behaviors() {
          asked.behaviors.add(s)
          return { items: gather(table, liked), keep }
        },
      }
    }),
    feeds(people) {
      const feeds: Record<string, Feeds[string]> = {}
      const B = people.length
      for (const [s, domain] of sources.entries()) {
        const vector = new Float32Array(B * width)
        const known = new Float32Array(B)
        for (let b = 0; b < B; b++) {
          const there = people[b].there[s]
          if (there === undefined) continue
          for (let f = 0; f < width; f++) vector[b * width + f] = there.vector[f]
          known[b] = 1
        }
        feeds[`source${s}/vector`] = { shape: [B, width], data: vector }
        feeds[`source${s}/known`] = { shape: [B, 1], data: known }
        if (asked.rows.has(s))
          feeds[`source${s}/rows`] = {
            shape: [B, 1],
            data: Float32Array.from(people, (one) => Math.log1p(one.there[s]?.rows ?? 0)),
          }
        if (!asked.behaviors.has(s)) continue
        const { liked, keep } = padded(
          people.map((person) => person.there[s]?.liked() ?? NONE),
          factors.domains[domain]?.items.start ?? 0,
        )
        feeds[`source${s}/table`] = factors.itemTable(domain)
        feeds[`source${s}/liked`] = liked
        feeds[`source${s}/keep`] = keep
      }
      return feeds
    },
  }
}

/** Rows of `itemTable` of a domain whose items begin at `start`, as many as the longest list has, and where they are no padding: [B, T] each. */
function padded(lists: readonly Int32Array[], start: number) {
  const B = lists.length
  const T = lists.reduce((most, { length }) => Math.max(most, length), 1)
  const liked = new Int32Array(B * T)
  const keep = new Float32Array(B * T)
  for (let b = 0; b < B; b++) {
    const ids = lists[b]
    for (let t = 0; t < ids.length; t++) {
      liked[b * T + t] = ids[t] - start + 1
      keep[b * T + t] = 1
    }
  }
  return { liked: { shape: [B, T], data: liked }, keep: { shape: [B, T], data: keep } }
}
