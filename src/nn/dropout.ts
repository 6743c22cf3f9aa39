import { elementCount, type Rng, type Tensor, TributaryError } from '../core/index.ts'
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
      return multiply(multiply(x, cast(mask, 'float32')), 256 / (256 - threshold))
    },
    masks(rng, extents) {
      const feeds: Record<string, Tensor> = {}
      for (const [name, symbolic] of layers) {
        const shape = symbolic.map((dim) => (typeof dim === 'number' ? dim : extents[dim]!))
        feeds[name] = { shape, data: bernoulliMask(elementCount(shape), threshold, rng.split(name)) }
      }
      return feeds
    },
  }
}

/** Bytes that are 0 with probability threshold / 256 and 1 otherwise; one 32-bit draw serves four. */
function bernoulliMask(count: number, threshold: number, rng: Rng): Uint8Array {
  const words = new Uint32Array((count + 3) >> 2)
  rng.fill(words)
  // Two bytes at a time, each in a lane of 16 bits: byte + (256 − threshold) reaches bit 8 exactly where byte ≥ threshold.
  const lift = (256 - threshold) * 0x0001_0001
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!
    const even = (((word & 0x00ff_00ff) + lift) >>> 8) & 0x0001_0001
    const odd = ((((word >>> 8) & 0x00ff_00ff) + lift) >>> 8) & 0x0001_0001
    words[i] = even | (odd << 8)
  }
  return new Uint8Array(words.buffer, 0, count)
}
