import { type Dataset, itemText } from '../../core/index.ts'
import type { Windows } from '../../families/acting/index.ts'
import { hashedLetters } from '../../rl/index.ts'
import type { PairFeatures } from './features.ts'

/** Of a text's vector. */
const WIDTH = 256

/** Vectors of what items are called and of what kind they are, by item id; zeros where that says nothing. */
export async function titleVectors(dataset: Dataset): Promise<readonly Float32Array[]> {
  const texts = Array.from({ length: dataset.items.size }, (_, item) => (item === 0 ? '' : itemText(dataset, item)))
  return hashedLetters({ width: WIDTH }).embed(texts)
}

/** The same of length 1; those of zeros stay so. */
export function ofLengthOne(vectors: readonly Float32Array[]): Float32Array[] {
  return vectors.map((vector) => {
    const norm = Math.hypot(...vector)
    return norm === 0 ? vector : vector.map((value) => value / norm)
  })
}

/**
 * What texts of the items say of a pair, without any id: the item's vector, the mean of the last items weighed by what they paid, the largest and the
 * mean cosine of the item with them, whether it was among them, and what they paid.
 * @param given vectors by item id, of one size
 */
export function textFeatures(given: readonly Float32Array[], window: number): PairFeatures {
  const vectors = ofLengthOne(given)
  const size = vectors[0].length
  const width = 2 * size + 3 + window
  return {
    width,
    of({ items, rewards }: Windows, _states, taken) {
      const features = new Float32Array(taken.length * width)
      for (const [n, item] of taken.entries()) {
        const own = features.subarray(n * width, (n + 1) * width)
        own.set(vectors[item])
        let [most, sum, count, paid, again] = [0, 0, 0, 0, 0]
        for (let w = 0; w < window; w++) {
          const before = items[n * window + w]
          if (before === 0) continue
          const reward = rewards[n * window + w]
          let cosine = 0
          for (let i = 0; i < size; i++) {
            cosine += vectors[item][i] * vectors[before][i]
            own[size + i] = own[size + i] + reward * vectors[before][i]
          }
          most = count === 0 ? cosine : Math.max(most, cosine)
          sum += cosine
          paid += reward
          count++
          if (before === item) again = 1
          own[2 * size + 3 + w] = reward
        }
        if (paid > 0) for (let i = size; i < 2 * size; i++) own[i] = own[i] / paid
        own.set([most, count === 0 ? 0 : sum / count, again], 2 * size)
      }
      return features
    },
  }
}
