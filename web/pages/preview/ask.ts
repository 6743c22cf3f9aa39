import { type Client, RefusedError } from '../../../src/client/index.ts'
import type { Listed } from './lists.tsx'
import { type Request, type Schemas, WHOEVER } from './question.ts'

export type Described = ReadonlyMap<string, Schemas['Item']>

/** Lists as they were answered, with what is known of the items in them. */
export interface Compared {
  readonly listed: readonly Listed[]
  readonly described: Described
}

/** Items that can be looked up at once. */
const MOST_LOOKED_UP = 1000

/**
 * Asks for lists side by side. One that is refused is no reason to go without the others.
 * @param names of items beside those of the lists, to look up with them
 */
export async function askAll(
  client: Client,
  requests: readonly Request[],
  { names, signal }: { readonly names: readonly string[]; readonly signal: AbortSignal },
): Promise<Compared> {
  const listed = await Promise.all(
    requests.map(async (request): Promise<Listed> => {
      const model = request.model ?? WHOEVER
      try {
        return { model, request, answer: await client.recommend({ body: request, signal }) }
      } catch (error) {
        if (signal.aborted || (error instanceof RefusedError && error.status === 401)) throw error
        return { model, request, error: error as Error }
      }
    }),
  )
  const met = listed.flatMap(({ answer }) =>
    (answer?.items ?? []).flatMap(({ item, because = [] }) => [item, ...because.map(({ item }) => item)]),
  )
  return { listed, described: await describe(client, [...new Set([...names, ...met])], signal) }
}

async function describe(client: Client, names: readonly string[], signal: AbortSignal): Promise<Described> {
  const described = new Map<string, Schemas['Item']>()
  for (let from = 0; from < names.length; from += MOST_LOOKED_UP) {
    const items = names.slice(from, from + MOST_LOOKED_UP)
    const answer = await client.lookUpItems({ body: { items }, signal })
    for (const item of answer.items) described.set(item.item, item)
  }
  return described
}
