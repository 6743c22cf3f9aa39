import { type Dataset, Part, type Split } from '../../core/index.ts'
import type { Rng } from '../../math/index.ts'
import type { ActionSpace, RewardScale } from '../../rl/index.ts'
import { type PlayedTurns, type PolicyNetwork, playedTurns } from '../acting/index.ts'
import type { OfflineConfig } from './options.ts'

/** How rows become transitions; `order` draws the order of each user's rows; absent, it is that of the log. */
export type TransitionOptions = Pick<OfflineConfig, 'gamma' | 'steps' | 'maxLength'> & {
  readonly order?: Rng | undefined
}

/**
 * What the log shows of acting, a row a recommendation: each user's training rows of items in the action space, cut into episodes. A row pays
 * its value, or 1 where the log has none.
 * @param scale what a policy sees of a value
 */
export function logTransitions(
  { log }: Pick<Dataset, 'log'>,
  split: Pick<Split, 'part'>,
  space: Pick<ActionSpace, 'items'>,
  network: Pick<PolicyNetwork, 'window' | 'begin'>,
  scale: RewardScale,
  { gamma, steps, maxLength, order }: TransitionOptions,
): PlayedTurns {
  const known = new Set(space.items)
  const rows: number[] = []
  const starts: number[] = []
  for (let user = 0; user + 1 < log.userStart.length; user++) {
    const first = rows.length
    const own: number[] = []
    for (let row = log.userStart[user]; row < log.userStart[user + 1]; row++)
      if (split.part[row] === Part.train && known.has(log.item[row])) own.push(row)
    order?.split('user', user).shuffle(own)
    for (const row of own) rows.push(row)
    for (let start = first; start < rows.length; start += maxLength) starts.push(start)
  }
  const episodes = {
    users: rows.map((row) => log.user[row]),
    items: rows.map((row) => log.item[row]),
    rewards: rows.map((row) => log.value?.[row] ?? 1),
    starts: [...starts, rows.length],
  }
  return playedTurns(episodes, space, network, scale, { gamma, steps })
}
