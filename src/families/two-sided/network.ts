import type { Dropout, Parameters } from '../../nn/index.ts'
import type { Sym } from '../../tensor/index.ts'

/** Whose vectors a table holds. Row 0 is PAD or a stranger: zero, and never learned. */
export type Entity = 'user' | 'item' | 'category'

/** The target domain, or all source domains together. */
export type Side = 'target' | 'source'

/** The last L positively rated items of a user on one side, oldest first, padded on the left. */
export interface History {
  /** [N, L] */
  readonly items: Sym
  /** [N, L] */
  readonly categories: Sym
  /** [N, L], 1 at items, 0 at padding. */
  readonly keep: Sym
}

/** N behaviors (rows of the log) of one side as a network sees them: ids that `Build.embed` makes vectors of. */
export interface Behaviors {
  /** [N] */
  readonly user: Sym
  /** [N] */
  readonly item: Sym
  /** [N] */
  readonly category: Sym
  /** An item of the same user on the other side, for networks that take two at once; PAD where the user has none. [N] */
  readonly partner: { readonly item: Sym; readonly category: Sym }
  /** What the user had liked before this behavior. */
  history(side: Side, length: number): History
}

/** What a network is built with; the graph that trains and the graph that scores are two builds over the same weights. */
export interface Build {
  readonly parameters: Parameters
  /** At the rate that the option `dropout` of the model says, when training; none where it has no such option. */
  readonly dropout: Dropout
  readonly target: Behaviors
  readonly source: Behaviors
  /**
   * Vectors of ids. `table` names the table where an entity has more than one of them; its default is the entity's name.
   * @param ids [...] of the entity
   * @returns [..., width]
   */
  embed(entity: Entity, ids: Sym, width: number, table?: string): Sym
  /** By the batch's own mean and variance when training, by running averages when scoring (Ioffe and Szegedy, 2015). [N, width] */
  batchNorm(name: string, x: Sym, width: number): Sym
}

/** One network over both sides. */
export interface Network {
  /** Logit of a positive label for each target behavior, [N]. */
  readonly target: Sym
  /** The same for each source behavior; absent in single-domain forms. [M] */
  readonly source?: Sym | undefined
  /** Names of the weights of its last maps, which turn what both sides share into logits; a wrapper may leave them out of it. */
  readonly heads: readonly string[]
  /** A scalar that training adds to the loss as it stands: what a network asks of its vectors besides right answers. */
  readonly penalty?: Sym | undefined
  /**
   * What an item is to this network, of vectors that it has anyway: [ids...] of items and of their categories → [..., featureWidth].
   * A wrapper that weighs source behaviors reads it.
   */
  features(side: Side, items: Sym, categories: Sym): Sym
  readonly featureWidth: number
}
