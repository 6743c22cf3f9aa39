import { elementCount, type Tensor, TributaryError } from '../core/index.ts'
import type { Rng } from '../math/index.ts'
import { cast, type Dim, input, multiply, type Sym } from '../tensor/index.ts'

/**
 * The dropout layers of one graph. Masks are bytes from our seeded generator, fed as inputs, so that the same seed drops
 * the same units on every executor. The rate is rounded to a multiple of 1/256, and what is kept is scaled by exactly that.
 */
export interface Dropout {
  /** Drops units of x; with rate 0 it is x itself. The shape may hold symbolic extents that are single letters. */
  apply(name: string, x: Sym): Sym
  /** Masks for one step, given the extents of the symbolic axes. */
  masks(rng: Rng, extents: Readonly<Record<string, number>>): Record<string, Tensor>
}

export function createDropout(rate: number): Dropout {
  const threshold = Math.round(rate * 256)
  if (!(threshold >= 0 && threshold < 256))
    throw new TributaryError('bad-argument', `a dropout rate must lie in [0, 1), ${rate} was given`)
  const layers = new Map<string, readonly Dim[]>()
  return {
    apply(name, x) {
      if (threshold === 0) return x
      const mask = input(name, x.shape, 'uint8')
      layers.set(name, x.shape)
      // Mask times scale stands by itself: it is computed once for the forward and the backward pass.
      return multiply(x, multiply(cast(mask, 'float32'), 256 / (256 - threshold)))
    },
    masks(rng, extents) {
      const feeds: Record<string, Tensor> = {}
      for (const [name, symbolic] of layers) {
        const shape = symbolic.map((dim) => (typeof dim === 'number' ? dim : extents[dim]))
        feeds[name] = { shape, data: rng.split(name).coins(elementCount(shape), threshold) }
      }
      return feeds
    },
  }
}
