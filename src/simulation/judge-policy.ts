import type { Dataset, Policy } from '../core/index.ts'
import type { Logged, Target } from '../ope/index.ts'
import { type Played, type ReplayOptions, replay } from '../rl/index.ts'
import { type EpisodeLog, turnsOf } from './episode-log.ts'
import { turnFeatures } from './turn-features.ts'

/** Columns of episodes for off-policy evaluation, an episode a unit, with what `turnFeatures` knows at each turn. */
export function loggedEpisodes(log: EpisodeLog, dataset: Dataset): Logged {
  const { users, lengths, maxLength, items, rewards, propensities, domain } = log
  const cells = Int32Array.from(turnsOf(lengths, maxLength))
  const features = turnFeatures(dataset)
  const { width } = features
  const data = new Float64Array(cells.length * width)
  const states = new Int32Array(cells.length)
  for (const [step, cell] of cells.entries()) {
    if (cell % maxLength === 0) features.begin(users[cell / maxLength])
    states[step] = features.state()
    features.add(items[cell], 1, data, step * width)
    features.append(items[cell], rewards[cell])
  }
  const places = new Map<number, number>()
  for (const user of users) if (!places.has(user)) places.set(user, places.size)
  return {
    units: users.length,
    users: users.map((user) => places.get(user) as number),
    domains: new Int32Array(users.length),
    domainNames: [dataset.domains[domain]],
    starts: startsOf(lengths),
    rewards: Float64Array.from(cells, (cell) => rewards[cell]),
    propensities: Float64Array.from(cells, (cell) => propensities[cell]),
    states,
    features: { width, data },
  }
}

/**
 * The same of a policy that is asked about: it is asked at each turn what it would have recommended.
 * @param options its mode is that of the log
 * @throws TributaryError as `replay`
 */
export async function targetOnEpisodes(
  { name, policy }: { readonly name: string; readonly policy: Policy },
  log: EpisodeLog,
  dataset: Dataset,
  options: Omit<ReplayOptions, 'mode'>,
): Promise<Target> {
  const { users, lengths, maxLength, items, rewards, mode, domain } = log
  const starts = startsOf(lengths)
  const steps = starts[users.length]
  const probabilities = new Float64Array(steps)
  const features = turnFeatures(dataset)
  const { width } = features
  const data = new Float64Array(steps * width)
  const played: Played = { users, lengths, maxLength, items, rewards }
  await replay(
    policy,
    { dataset, domain },
    played,
    { ...options, mode },
    ({ episode, turn, probabilities: all, taken }) => {
      const step = starts[episode] + turn
      probabilities[step] = all[taken]
      features.begin(users[episode])
      for (let cell = episode * maxLength; cell < episode * maxLength + turn; cell++)
        features.append(items[cell], rewards[cell])
      for (const [place, share] of all.entries())
        if (share > 0) features.add(options.items[place], share, data, step * width)
    },
  )
  return { name, probabilities, features: { width, data } }
}

function startsOf(lengths: Int32Array): Int32Array {
  const starts = new Int32Array(lengths.length + 1)
  for (const [episode, length] of lengths.entries()) starts[episode + 1] = starts[episode] + length
  return starts
}
