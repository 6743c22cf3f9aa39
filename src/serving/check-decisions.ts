import { giveWay } from '../core/index.ts'
import { type Again, decideAgain } from './decisions.ts'
import { storeHistories } from './histories.ts'
import type { ServedModel } from './models.ts'
import type { Store } from './store/store.ts'

/** What came of making recorded lists again. */
export interface Checked {
  readonly decisions: number
  /** To the bit. */
  readonly same: number
  readonly different: number
  /** Lists that cannot be made again by this model, by the reason. */
  readonly leftOut: Readonly<Partial<Record<Exclude<Again['kind'], 'same' | 'different'>, number>>>
  /** Some of those that are different. */
  readonly examples: readonly { readonly id: string; readonly why: string }[]
}

export interface CheckOptions {
  /** Milliseconds since 1970: from `since`, before `until`. */
  readonly since?: number | undefined
  readonly until?: number | undefined
  /** Told after each. */
  readonly onProgress?: ((done: number) => void) | undefined
  readonly signal?: AbortSignal | undefined
}

const PAGE = 500
const MOST_EXAMPLES = 10

/**
 * Makes the lists that a store has records of again.
 * @throws TributaryError `store-failed`, `interrupted`, and whatever the model throws
 */
export async function checkDecisions(
  store: Pick<Store, 'decisions' | 'history' | 'historySequence'>,
  model: Pick<ServedModel, 'model' | 'dataset' | 'weights' | 'remembers'>,
  { since, until, onProgress, signal }: CheckOptions = {},
): Promise<Checked> {
  const histories = storeHistories(store)
  const counts = new Map<Again['kind'], number>()
  const examples: { id: string; why: string }[] = []
  let decisions = 0
  let after: string | undefined
  do {
    const page = await store.decisions({ since, until, after, limit: PAGE })
    for (const decision of page.rows) {
      await giveWay(signal, () => `stopped after ${decisions} lists`)
      const again = await decideAgain(decision, model, histories)
      counts.set(again.kind, (counts.get(again.kind) ?? 0) + 1)
      if (again.kind === 'different' && examples.length < MOST_EXAMPLES)
        examples.push({ id: decision.id, why: again.why })
      decisions++
      onProgress?.(decisions)
    }
    after = page.next
  } while (after !== undefined)
  const { same = 0, different = 0, ...leftOut } = Object.fromEntries(counts)
  return { decisions, same, different, leftOut, examples }
}
