import type { Tensor } from '../../core/index.ts'
import type { Dropout } from '../../nn/index.ts'
import type { Sym } from '../../tensor/index.ts'

/** What an encoder reads. T is symbolic unless the encoder is unrolled over time. */
export interface EncoderInputs {
  /** Embeddings of the items, [B, T, d]; zero rows at padding and where an item is masked. */
  readonly rows: Sym
  /** 1 at real positions, masked ones too, 0 at padding (on the left), [B, T]. */
  readonly keep: Sym
  readonly dropout: Dropout
}

/** In place of an item's id: what stands there is hidden, and asked for. */
export const MASKED = -1

/** The histories of one run: items [B, T], left-padded with 0; some `MASKED` where the encoder's targets are. */
export interface EncodedBatch {
  readonly size: number
  readonly length: number
  readonly items: Int32Array
}

/** The part of a sequential recommender that differs between papers: embeddings of a history → states. */
export interface SequenceEncoder {
  /**
   * States to be multiplied with item embeddings: [B, T, d], one a position, which must not see items after it; with
   * `targets: 'last'` [B, d], one of the whole history; with `targets: 'masked'` [B, T, d], each of the whole window.
   */
  encode(inputs: EncoderInputs): Sym
  /**
   * Which targets train: one after every position (default); the one after the whole history; or those of a batch's `MASKED`
   * places themselves. Such an encoder is asked for what follows a history by a masked place at its end.
   */
  readonly targets?: 'every' | 'last' | 'masked'
  /** Whatever else the graph reads of a batch. */
  feeds?(batch: EncodedBatch): Record<string, Tensor>
  /** What training adds to the loss: a scalar of the encoder's weights alone. */
  penalty?(): Sym
  /** The graph is built anew for every T, because the encoder loops over time. */
  readonly unrolled?: boolean
}
