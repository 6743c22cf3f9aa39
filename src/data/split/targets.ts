import type { Dataset, Split } from '../../core/index.ts'
import { COLD_USERS, coldUserRoles } from './cold-users.ts'
import { CROSS_DOMAIN, crossDomainRoles } from './cross-domain.ts'
import { parseSplitName } from './name.ts'

/**
 * The domains that a split asks about, of one that tells them from those that are learned from; undefined of any other.
 * @throws TributaryError as `coldUserRoles` and `crossDomainRoles`, for names that no dataset was split by
 */
export function splitTargets(
  dataset: Pick<Dataset, 'name' | 'domains'>,
  split: Pick<Split, 'name'>,
): readonly number[] | undefined {
  const { rule } = parseSplitName(split.name)
  if (rule === COLD_USERS) return coldUserRoles(dataset, split).targets
  return rule === CROSS_DOMAIN ? [crossDomainRoles(dataset, split).target] : undefined
}
