import { type Dataset, itemText } from '../../core/index.ts'
import { type ClientOptions, createClient, endpointOf, openAnswers, type Usage } from '../client/index.ts'
import { embedderOf } from './embedder.ts'
import { plain } from './script.ts'

export interface ItemVectorOptions
  extends Pick<
    ClientOptions,
    'budget' | 'prices' | 'concurrency' | 'attempts' | 'timeoutSeconds' | 'signal' | 'onWait'
  > {
  readonly dataset: Dataset
  /** Of an OpenAI-compatible API. */
  readonly url: string
  /** The model that makes vectors of texts. */
  readonly model: string
  /** The environment variable that holds the key. */
  readonly keyName?: string | undefined
  /** The folder where answers are kept as they come. */
  readonly answers: string
  readonly resume: boolean
  readonly onProgress?: ((done: number, all: number) => void) | undefined
}

/**
 * What a model makes of the titles and kinds of all items, in the order of their ids.
 * @throws TributaryError as `demonstrate`
 */
export async function vectorsOfItems(
  options: ItemVectorOptions,
): Promise<{ readonly names: readonly string[]; readonly vectors: readonly Float32Array[]; readonly usage: Usage }> {
  const { dataset, url, model, keyName, onProgress } = options
  const { items } = dataset
  const ids = Array.from({ length: items.size - 1 }, (_, i) => i + 1)
  const answers = await openAnswers(options.answers, options.resume)
  try {
    const client = createClient({ ...options, endpoint: endpointOf(url, keyName), embeddings: model, answers, seed: 1 })
    const embedder = embedderOf(client, model, (done) => onProgress?.(done, ids.length))
    const vectors = await embedder.embed(ids.map((item) => plain(itemText(dataset, item))))
    return { names: ids.map((item) => items.name(item)), vectors, usage: client.usage }
  } finally {
    await answers.close()
  }
}
