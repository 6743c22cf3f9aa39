import { TributaryError } from '../core/index.ts'
import { spanOf } from './span.ts'

/** What counts as having paid, of what came after a list. */
export interface Reward {
  /** Of which events. */
  readonly type: string
  /** Milliseconds after the list. */
  readonly within: number
  /** `any`: 1 where there was one; `count`: how many; `value`: the sum of their values. */
  readonly of: 'any' | 'count' | 'value'
}

/**
 * Reads `purchase:24h`, with `:count` or `:value` after it for what is not counted once.
 * @throws TributaryError `bad-argument`
 */
export function parseReward(text: string): Reward {
  // A type of events may hold colons itself.
  const [, type, span = '', of = 'any'] = /^(.+?):(\d+[a-z])(?::(any|count|value))?$/.exec(text) ?? []
  const within = spanOf(span)
  if (!within)
    throw new TributaryError(
      'bad-argument',
      `cannot read the reward '${text}'; give TYPE:WINDOW, such as purchase:24h, with :count or :value after it where one event is not one reward`,
    )
  return { type, within, of: of as Reward['of'] }
}

export function isReward(text: string): boolean {
  try {
    parseReward(text)
    return true
  } catch {
    return false
  }
}
