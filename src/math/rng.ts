import { bernoulliBytes } from './kernels.ts'

/**
 * The only source of randomness. A generator is derived from a seed and a path of labels, never from how many numbers were
 * drawn before: `createRng(seed).split('negatives', epoch, user)` gives the same numbers in whatever order users are
 * served, on whatever thread, and after a resume. The generator is xoshiro128** (Blackman and Vigna, 2018).
 */
export interface Rng {
  /** A generator independent of this one and of every other label; does not advance this one. */
  split(...labels: readonly (string | number)[]): Rng
  /** Uniform over 0 … 2³² − 1. */
  uint32(): number
  /** Bytes that are 1 with probability 1 − zeros / 256 and 0 otherwise; many times faster than single draws. */
  coins(count: number, zeros: number): Uint8Array
  /** Uniform over [0, 1), 32 bits. */
  float(): number
  /** Uniform over 0 … n − 1, without modulo bias. */
  below(n: number): number
  /** Standard normal. */
  normal(): number
  /** Shuffles in place (Fisher–Yates) and returns the array. */
  shuffle<A extends { length: number; [i: number]: number }>(array: A): A
}

export function createRng(seed: number): Rng {
  return fromKey(mix(mix(0x9e3779b9, seed >>> 0), Math.floor(seed / 0x1_0000_0000) >>> 0))
}

function fromKey(key: number, key2: number = mix(key, 0x85ebca6b)): Rng {
  // splitmix32 fills the state; xoshiro must not start from four zeros.
  let s = key
  const next = () => {
    s = (s + 0x9e3779b9) | 0
    return mix(s, key2)
  }
  let a = next()
  let b = next()
  let c = next()
  let d = next() | 1
  let spare: number | undefined

  const uint32 = (): number => {
    const product = Math.imul(b, 5)
    const result = Math.imul((product << 7) | (product >>> 25), 9)
    const t = b << 9
    c ^= a
    d ^= b
    b ^= c
    a ^= d
    c ^= t
    d = (d << 11) | (d >>> 21)
    return result >>> 0
  }
  const below = (n: number): number => {
    const limit = 0x1_0000_0000 - (0x1_0000_0000 % n)
    let x = uint32()
    while (x >= limit) x = uint32()
    return x % n
  }
  const rng: Rng = {
    split(...labels) {
      let k = key
      let k2 = key2
      for (const label of labels) {
        const text = typeof label === 'number' ? `\u0000${label}` : label // 1 and '1' are different labels
        for (let i = 0; i < text.length; i++) {
          k = mix(k, text.charCodeAt(i))
          k2 = mix(k2 ^ 0x27d4eb2f, text.charCodeAt(i))
        }
        k = mix(k, 0x2545f491) // closes a label, so that ('ab','c') and ('a','bc') differ
        k2 = mix(k2, 0x165667b1)
      }
      return fromKey(k, k2)
    },
    uint32,
    // Sixteen draws seed four streams of the same generator, which run side by side.
    coins: (count, zeros) => bernoulliBytes(count, zeros, Uint32Array.from({ length: 16 }, uint32)),
    float: () => uint32() / 0x1_0000_0000,
    below,
    normal() {
      if (spare !== undefined) {
        const value = spare
        spare = undefined
        return value
      }
      const radius = Math.sqrt(-2 * Math.log((uint32() + 1) / 0x1_0000_0001))
      const angle = (2 * Math.PI * uint32()) / 0x1_0000_0000
      spare = radius * Math.sin(angle)
      return radius * Math.cos(angle)
    },
    shuffle(array) {
      for (let i = array.length - 1; i > 0; i--) {
        const j = below(i + 1)
        const held = array[i]
        array[i] = array[j]
        array[j] = held
      }
      return array
    },
  }
  return rng
}

/** A hash: murmur3's finaliser over a running hash and one word; a signed 32-bit integer. */
export function mix(hash: number, word: number): number {
  let h = (hash ^ Math.imul(word, 0xcc9e2d51)) | 0
  h ^= h >>> 16
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  h ^= h >>> 16
  return (h + 0x6d2b79f5) | 0
}
