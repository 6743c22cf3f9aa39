import type { Dataset, Query } from '../../core/index.ts'
import { toQuestion } from '../ask.ts'

/** Users who are asked about together: as many queries of a domain as a scorer is asked for at a time. */
export const USERS_AT_ONCE = 512

/** What a server would ask of these users of the log. */
export async function questionsOf(
  asked: readonly { readonly user: number; readonly domain: string }[],
  dataset: Dataset,
): Promise<Query[]> {
  const queries: Query[] = []
  for (const { user, domain } of asked)
    queries.push((await toQuestion({ domain, user: dataset.users.name(user) }, dataset)).query)
  return queries
}
