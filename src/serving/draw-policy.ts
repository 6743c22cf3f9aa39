import { TributaryError } from '../core/index.ts'
import { type DrawPolicy, refuseDrawPolicy } from '../evaluation/decide.ts'

/** Of how many of the best items a list is drawn where it is not said. */
const CANDIDATES = 200

/**
 * Reads `none`, which is undefined: as the model draws; `plackett-luce:TEMPERATURE` or `epsilon:SHARE`, both with `:CANDIDATES` after them where
 * they are not 200, and `epsilon` with `:RANK,RANK` after that, for the ranks that explore.
 * @throws TributaryError `bad-argument`
 */
export function parseDrawPolicy(text: string): DrawPolicy | undefined {
  if (text === 'none') return undefined
  const [kind, ...rest] = text.split(':')
  const [amount, candidates = CANDIDATES] = rest.slice(0, 2).map(numberOf)
  const policy: DrawPolicy | undefined =
    kind === 'plackett-luce' && rest.length <= 2
      ? { kind, temperature: amount, candidates }
      : kind === 'epsilon' && rest.length <= 3
        ? { kind, share: amount, candidates, ...(rest[2] !== undefined && { slots: rest[2].split(',').map(numberOf) }) }
        : undefined
  if (policy === undefined || rest.length === 0)
    throw new TributaryError(
      'bad-argument',
      `cannot explore by '${text}'; give none, plackett-luce:TEMPERATURE[:CANDIDATES] or epsilon:SHARE[:CANDIDATES[:RANK,RANK…]]`,
    )
  refuseDrawPolicy(policy)
  return policy
}

/** NaN for what is no number. */
function numberOf(text: string): number {
  return text.trim() === '' ? Number.NaN : Number(text)
}
