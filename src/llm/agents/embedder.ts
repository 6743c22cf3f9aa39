import type { Embedder } from '../../rl/index.ts'
import type { Client } from '../client/index.ts'

/** Of one question for vectors. */
const TEXTS = 64

/** Vectors of an API, so many texts a question. @param name of the model that makes them */
export function embedderOf(client: Client, name: string, onProgress?: (done: number) => void): Embedder {
  return {
    name,
    async embed(texts) {
      const parts = Array.from({ length: Math.ceil(texts.length / TEXTS) }, (_, i) =>
        texts.slice(i * TEXTS, (i + 1) * TEXTS),
      )
      let done = 0
      const asked = parts.map(async (part) => {
        const vectors = await client.embed(part)
        done += part.length
        onProgress?.(done)
        return vectors
      })
      return (await Promise.all(asked)).flat()
    },
  }
}
