import { TributaryError } from '../../core/index.ts'

/** What questions may cost, at most, in all. What is absent has no limit. */
export interface Budget {
  readonly calls?: number
  readonly tokens?: number
  readonly usd?: number
}

/** US dollars a million tokens. */
export interface Prices {
  readonly prompt: number
  readonly answer: number
}

export interface Tokens {
  readonly prompt: number
  readonly answer: number
}

/** What has been spent. */
export interface Spent extends Tokens {
  /** Requests that were sent, those that failed too. */
  readonly calls: number
}

export const BUDGET_FORMS = '500calls, 200000tokens or 2.50usd'

/**
 * Reads `500calls`, `200000tokens`, `2.50usd`, of each kind one.
 * @throws TributaryError `bad-argument`
 */
export function parseBudget(texts: readonly string[]): Budget {
  const budget: { -readonly [kind in keyof Budget]: Budget[kind] } = {}
  for (const text of texts) {
    const [, digits, kind] = /^([\d_]*\.?\d+)(calls|tokens|usd)$/.exec(text) ?? []
    const limit = Number(digits?.replaceAll('_', ''))
    if (kind === undefined || !Number.isFinite(limit) || (kind !== 'usd' && !Number.isInteger(limit)))
      throw new TributaryError('bad-argument', `the budget '${text}' is none; give ${BUDGET_FORMS}`)
    const name = kind as keyof Budget
    if (budget[name] !== undefined)
      throw new TributaryError('bad-argument', `two budgets of ${name} were given; give one`)
    budget[name] = limit
  }
  return budget
}

export function costOf({ prompt, answer }: Tokens, prices: Prices): number {
  return (prompt * prices.prompt + answer * prices.answer) / 1e6
}

/** Money for questions: what one may cost at most is set aside before it is asked, so that no limit is ever passed. */
export interface Purse {
  readonly spent: Spent
  /** Waits where what others have set aside may come back. @throws TributaryError `budget-reached` */
  setAside(most: Tokens): Promise<void>
  /** One request was answered, or failed. @param most what had been set aside for it */
  settle(most: Tokens, actual: Tokens): void
}

/**
 * @param before what has been spent already
 * @throws TributaryError `bad-argument` for a limit in money without prices
 */
export function createPurse(budget: Budget, prices: Prices | undefined, before: Spent): Purse {
  if (budget.usd !== undefined && prices === undefined)
    throw new TributaryError(
      'bad-argument',
      `a budget of ${budget.usd} usd needs to know what tokens cost; give --prices PROMPT,ANSWER in dollars a million tokens`,
    )
  const free: Prices = { prompt: 0, answer: 0 }
  let spent = before
  const reserved = { calls: 0, prompt: 0, answer: 0 }
  let waiting: (() => void)[] = []
  const beyond = (most: Tokens): string | undefined => {
    const calls = spent.calls + reserved.calls + 1
    const prompt = spent.prompt + reserved.prompt + most.prompt
    const answer = spent.answer + reserved.answer + most.answer
    const usd = costOf({ prompt, answer }, prices ?? free)
    if (calls > (budget.calls ?? Number.POSITIVE_INFINITY)) return `${budget.calls} calls`
    if (prompt + answer > (budget.tokens ?? Number.POSITIVE_INFINITY)) return `${budget.tokens} tokens`
    if (usd > (budget.usd ?? Number.POSITIVE_INFINITY)) return `${budget.usd} usd`
    return undefined
  }
  return {
    get spent() {
      return spent
    },
    async setAside(most) {
      for (let limit = beyond(most); limit !== undefined; limit = beyond(most)) {
        if (reserved.calls === 0) {
          const { calls, prompt, answer } = spent
          const money = prices === undefined ? '' : ` (${costOf(spent, prices).toFixed(4)} usd)`
          const message = `the budget of ${limit} is reached: the next question could pass it, after ${calls} calls and ${prompt + answer} tokens${money}; go on with --resume and a larger --budget`
          throw new TributaryError('budget-reached', message)
        }
        await new Promise<void>((resolve) => waiting.push(resolve))
      }
      reserved.calls++
      reserved.prompt += most.prompt
      reserved.answer += most.answer
    },
    settle(most, actual) {
      reserved.calls--
      reserved.prompt -= most.prompt
      reserved.answer -= most.answer
      spent = { calls: spent.calls + 1, prompt: spent.prompt + actual.prompt, answer: spent.answer + actual.answer }
      const woken = waiting
      waiting = []
      for (const wake of woken) wake()
    },
  }
}
