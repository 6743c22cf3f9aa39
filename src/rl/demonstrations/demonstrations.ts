import { type Dataset, type Demonstrations, listed, quoted, TributaryError } from '../../core/index.ts'

/**
 * Who chose the items: a language model; a program that plays one (`scripted`); a language model whose answers were recorded
 * (`recorded`); or people, as a log has them.
 */
export const SOURCES = ['llm', 'scripted', 'recorded', 'log'] as const
export type DemonstrationSource = (typeof SOURCES)[number]

/** One recommendation that a demonstrator made, in names. The steps of an episode stand together and in order. */
export interface DemonstrationStep {
  /** Which episode it belongs to: 0, 1, … */
  readonly episode: number
  /** Its place in the episode, from 1 on. */
  readonly step: number
  readonly user: string
  /** The item that was shown, as the dataset calls it. */
  readonly item: string
  /** The title that was asked for, which the catalogue may not have. Absent where no title was asked for. */
  readonly requested?: string | undefined
  /** The title of the item that was shown. */
  readonly title?: string | undefined
  /** What it paid; NaN where nobody said. */
  readonly reward: number
  /** The user left at it. */
  readonly terminal: boolean
  readonly source: DemonstrationSource
  /** The demonstrator's name: `gpt-3.5-turbo-16k`, `scripted-demonstrator-v1/weak`. */
  readonly model: string
}

/**
 * Names become ids of `dataset`; steps of users and items that it does not know are dropped and counted.
 * @throws TributaryError `mismatch` where nothing is left
 */
export function bindDemonstrations(
  opened: readonly DemonstrationStep[],
  { name, users, items }: Pick<Dataset, 'name' | 'users' | 'items'>,
): Demonstrations {
  const strangers = { users: new Set<string>(), items: new Set<string>() }
  const kept = opened.flatMap((step, row) => {
    const user = users.id(step.user)
    const item = items.id(step.item)
    if (user === undefined) strangers.users.add(step.user)
    if (item === undefined) strangers.items.add(step.item)
    return user === undefined || item === undefined ? [] : [{ ...step, user, item, row }]
  })
  const dropped = {
    steps: opened.length - kept.length,
    users: [...strangers.users],
    items: [...strangers.items],
  }
  if (kept.length === 0) {
    const [kind, unknown] = dropped.users.length > 0 ? ['users', dropped.users] : ['items', dropped.items]
    const which = unknown.length === 0 ? 'there are none' : `it knows none of the ${kind} ${listed(unknown, 3)}`
    throw new TributaryError(
      'mismatch',
      `no demonstration is of users and items of ${quoted(name)}: ${which}; they must have the names that the dataset has`,
    )
  }
  const models = [...new Set(kept.map(({ model }) => model))]
  const place = new Map(models.map((model, m) => [model, m]))
  return {
    length: kept.length,
    episodes: Int32Array.from(kept, ({ episode }) => episode),
    steps: Int32Array.from(kept, ({ step }) => step),
    users: Int32Array.from(kept, ({ user }) => user),
    items: Int32Array.from(kept, ({ item }) => item),
    rewards: Float32Array.from(kept, ({ reward }) => reward),
    terminal: Uint8Array.from(kept, ({ terminal }) => Number(terminal)),
    model: Int32Array.from(kept, ({ model }) => place.get(model)!),
    models,
    rows: Int32Array.from(kept, ({ row }) => row),
    dropped,
  }
}

/**
 * Where stretches of steps begin that follow one another: a new one with each episode, and after each step at which a user left.
 * Stretch s is starts[s] … starts[s + 1] − 1. [S + 1]
 */
export function demonstrationSegments({
  episodes,
  terminal,
}: {
  readonly episodes: ArrayLike<number>
  readonly terminal: ArrayLike<number>
}): Int32Array {
  const starts: number[] = []
  for (let i = 0; i < episodes.length; i++)
    if (i === 0 || episodes[i] !== episodes[i - 1] || terminal[i - 1] === 1) starts.push(i)
  return Int32Array.from([...starts, episodes.length])
}

/** Gₜ = rₜ + γ Gₜ₊₁ within each stretch of `demonstrationSegments`, nothing after its last step. [N] */
export function demonstrationReturns(
  rewards: ArrayLike<number>,
  starts: ArrayLike<number>,
  gamma: number,
): Float64Array {
  const returns = new Float64Array(rewards.length)
  for (let s = 0; s + 1 < starts.length; s++)
    for (let i = starts[s + 1] - 1; i >= starts[s]; i--)
      returns[i] = rewards[i] + (i + 1 < starts[s + 1] ? gamma * returns[i + 1] : 0)
  return returns
}
