import type { Embedder } from '../../rl/index.ts'

export type Embed = Embedder['embed']

/** Notes under texts, found again by texts that are like them. */
export interface Notes<T> {
  /** The notes of the `most` nearest texts with a cosine of at least `least`, the nearest first. */
  nearest(text: string, most: number, least?: number): Promise<T[]>
  add(text: string, note: T): Promise<void>
}

export interface Memory<T> {
  /** All notes that were kept so far. What is added to it is known to it alone until it is kept. */
  open(): Notes<T> & { keep(): void }
}

interface Noted<T> {
  readonly vector: Float32Array
  readonly note: T
}

/**
 * A memory that several episodes read while they are played side by side: none sees what another notes before both have ended, so that
 * what they find does not depend on which is quicker.
 */
export function createMemory<T>(embed: Embed): Memory<T> {
  const kept: Noted<T>[] = []
  const vectorOf = async (text: string) => (await embed([text]))[0]
  return {
    open() {
      const seen = kept.length
      const own: Noted<T>[] = []
      return {
        async nearest(text, most, least = Number.NEGATIVE_INFINITY) {
          if (seen + own.length === 0) return []
          const vector = await vectorOf(text)
          return [...kept.slice(0, seen), ...own]
            .map(({ vector: other, note }) => ({ likeness: cosine(vector, other), note }))
            .filter(({ likeness }) => likeness >= least)
            .sort((a, b) => b.likeness - a.likeness)
            .slice(0, most)
            .map(({ note }) => note)
        },
        async add(text, note) {
          own.push({ vector: await vectorOf(text), note })
        },
        keep() {
          kept.push(...own)
        },
      }
    },
  }
}

function cosine(a: Float32Array, b: Float32Array): number {
  let [dot, lengthA, lengthB] = [0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    dot += a[i] * b[i]
    lengthA += a[i] * a[i]
    lengthB += b[i] * b[i]
  }
  return dot / Math.max(Number.MIN_VALUE, Math.sqrt(lengthA * lengthB))
}
