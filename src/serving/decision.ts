/** Where an item of a list comes from. Places that were not drawn (all but `model` and `explored`) tell nothing about a policy. */
export type ItemSource = 'model' | 'fallback' | 'fresh' | 'popular' | 'pinned' | 'explored'

/** How a list was drawn of its scores. */
export type DrawPolicy =
  /** The best first, always. */
  | { readonly kind: 'greedy' }
  /** Plackett–Luce over the best `candidates`: an item is drawn with a probability that grows with exp(score / temperature), then the next of those left. */
  | { readonly kind: 'plackett-luce'; readonly temperature: number; readonly candidates: number }
  /** Each of `slots` (all where it is not given) holds, with probability `share`, an item drawn evenly of the best `candidates`. */
  | {
      readonly kind: 'epsilon'
      readonly share: number
      readonly candidates: number
      readonly slots?: readonly number[] | undefined
    }
  /** A policy that was trained to act draws as it does in a simulator. */
  | { readonly kind: 'policy'; readonly acting: string; readonly candidates: number }

export interface DecidedItem {
  readonly item: string
  readonly score: number
  /** 1 is first. */
  readonly rank: number
  /** The probability of this item at this rank given those above it; 1 where nothing was drawn. */
  readonly propensity: number
  readonly source: ItemSource
}

/**
 * An answer that can be judged later: which list a user got, with which probability, from which model, and what that model had
 * seen. Whatever evaluates, explains or trains reads this record and nothing else.
 */
export interface Decision {
  /** `r_` and 26 characters that grow with time; also the seed of what was drawn. */
  readonly id: string
  /** Milliseconds since 1970. */
  readonly at: number
  readonly user?: string | undefined
  readonly session?: string | undefined
  readonly domain: string
  readonly placement?: string | undefined
  /** The name that the model is served by, and the hash of its weights. */
  readonly model: string
  readonly weights: string
  readonly policy: DrawPolicy
  /** Of the items that could be drawn, in their order, with their scores. */
  readonly candidatesHash: string
  /** The last event of the user that the answer has seen; absent where the caller sent the history. */
  readonly historySequence?: number | undefined
  /** The history that the caller sent, so that the answer can be made again. */
  readonly history?: readonly string[] | undefined
  readonly experiment?: { readonly name: string; readonly arm: string } | undefined
  readonly items: readonly DecidedItem[]
}
