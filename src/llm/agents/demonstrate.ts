import { itemTitle } from '../../core/index.ts'
import {
  createGrounder,
  type DemonstrationSource,
  type Embedder,
  type Environment,
  hashedLetters,
} from '../../rl/index.ts'
import { type Budget, createClient, endpointOf, openAnswers, type Prices, type Usage } from '../client/index.ts'
import type { Agent } from './agent.ts'
import { embedderOf } from './embedder.ts'
import { type Ground, type PlayedEpisodes, play } from './play.ts'
import { readPrompts } from './prompts.ts'
import { plain } from './script.ts'

export interface DemonstrateOptions {
  readonly environment: Environment
  /** Of an OpenAI-compatible API. */
  readonly url: string
  readonly model: string
  readonly agent: Agent
  /** A model of the same API for vectors of texts; absent: hashed sequences of letters. */
  readonly embeddings?: string | undefined
  /** Of requests, as of `ClientOptions`. */
  readonly fields?: Readonly<Record<string, unknown>> | undefined
  /** The environment variable that holds the key. */
  readonly keyName?: string | undefined
  /** Where answers are kept. */
  readonly answers: string
  readonly resume: boolean
  readonly budget: Budget
  readonly prices?: Prices | undefined
  readonly concurrency: number
  readonly attempts: number
  readonly timeoutSeconds: number
  /** A folder of texts in place of the package's. */
  readonly prompts?: string | undefined
  readonly episodes: number
  readonly batch: number
  readonly temperature: number
  readonly maxTokens: number
  readonly discount: number
  readonly seed: number
  readonly signal?: AbortSignal | undefined
  readonly onWait?: ((sentence: string) => void) | undefined
  /** Called after each answer and each episode. */
  readonly onProgress?: ((done: number, total: number, usage: Usage) => void) | undefined
}

export interface Demonstrated extends PlayedEpisodes {
  readonly usage: Usage
  /** What the prompts were, as a hash. */
  readonly promptsHash: string
  /** What made vectors of titles. */
  readonly embedder: string
}

/**
 * Lets a language model behind an API recommend to simulated users. Every answer is on disk before it counts: whoever goes on with
 * `resume` asks nothing twice.
 * @throws TributaryError as `endpointOf`, `openAnswers`, `readPrompts` and `play`; `budget-reached` before the first episode is over
 */
export async function demonstrate(options: DemonstrateOptions): Promise<Demonstrated> {
  const { environment, url, model, episodes, keyName, onProgress } = options
  const endpoint = endpointOf(url, keyName)
  const prompts = await readPrompts(options.prompts)
  const answers = await openAnswers(options.answers, options.resume)
  try {
    let done = 0
    const client = createClient({
      ...options,
      endpoint,
      answers,
      onAnswer: () => onProgress?.(done, episodes, client.usage),
    })
    const embedder = options.embeddings === undefined ? hashedLetters() : embedderOf(client, options.embeddings)
    const played = await play({
      ...options,
      client,
      prompts,
      embed: embedder.embed,
      ground: groundIn(environment, embedder),
      source: sourceOf(model),
      onEpisode(over) {
        done = over
        onProgress?.(done, episodes, client.usage)
      },
    })
    if (played.stopped !== undefined && played.steps.length === 0) throw played.stopped
    return { ...played, usage: client.usage, promptsHash: prompts.hash, embedder: embedder.name }
  } finally {
    await answers.close()
  }
}

/** Programs that play a language model say so in their name. */
function sourceOf(model: string): DemonstrationSource {
  return model.startsWith('scripted-') ? 'scripted' : model.startsWith('recorded-') ? 'recorded' : 'llm'
}

function groundIn({ dataset, rewards }: Environment, embedder: Embedder): Ground {
  const grounder = createGrounder(
    Array.from(rewards.items, (item) => plain(itemTitle(dataset, item))),
    embedder,
  )
  return async (title) => {
    const [{ place, how }] = await grounder.ground([title])
    return { item: rewards.items[place], outside: how !== 'exact' }
  }
}
