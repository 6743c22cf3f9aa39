import { createHash } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { z } from 'zod'
import { TributaryError } from '../../core/index.ts'
import { createRng } from '../../math/index.ts'
import type { Answers } from './answers.ts'
import { type Budget, createPurse, type Prices, type Spent, type Tokens } from './budget.ts'
import type { Endpoint } from './endpoint.ts'
import { type Reply, send } from './send.ts'

export interface Message {
  readonly role: 'system' | 'user' | 'assistant'
  readonly content: string
}

export interface ChatQuestion {
  readonly messages: readonly Message[]
  readonly temperature: number
  readonly maxTokens: number
  readonly seed: number
}

export interface ClientOptions {
  readonly endpoint: Endpoint
  readonly model: string
  /** Asked for vectors of texts; absent: nobody is. */
  readonly embeddings?: string | undefined
  readonly answers: Answers
  readonly budget?: Budget | undefined
  readonly prices?: Prices | undefined
  /** Fields of requests for answers, in place of ours of that name or beside them; null leaves one out. */
  readonly fields?: Readonly<Record<string, unknown>> | undefined
  /** Requests in flight at a time. Default 4. */
  readonly concurrency?: number | undefined
  /** How often a question is asked until it is answered. Default 6. */
  readonly attempts?: number | undefined
  /** For one request with its answer. Default 120. */
  readonly timeoutSeconds?: number | undefined
  /** Longer answers count as none. Default 16 MiB. */
  readonly mostBytes?: number | undefined
  /** Before the second attempt, doubled before each further one, where the server does not say how long. Default 500. */
  readonly waitMs?: number | undefined
  /** Of how long is waited. */
  readonly seed: number
  readonly signal?: AbortSignal | undefined
  /** Told of what went wrong and how long is waited. */
  readonly onWait?: ((sentence: string) => void) | undefined
  /** A request was answered. */
  readonly onAnswer?: (() => void) | undefined
}

/** Asks a language model behind an OpenAI-compatible API. A question that was answered once is never asked again. */
export interface Client {
  /** @throws TributaryError `budget-reached`, `interrupted`; `endpoint-failed` where no attempt was answered; `EndpointRefused` */
  chat(question: ChatQuestion): Promise<string>
  /** A vector a text. @throws as `chat`; TributaryError `bad-argument` without a model for it */
  embed(texts: readonly string[]): Promise<Float32Array[]>
  readonly usage: Usage
}

export interface Usage {
  readonly spent: Spent
  /** Questions that had been answered before. */
  readonly replayed: number
  /** How long each answered request took, in milliseconds. */
  readonly latencies: readonly number[]
}

/** The endpoint will not answer this question, however often it is asked. */
export class EndpointRefused extends TributaryError {
  readonly status: number
  constructor(status: number, message: string) {
    super('endpoint-failed', message)
    this.status = status
  }
}

/** Of an endpoint that has no answer to a question, and never will. It counts as its answer. */
export const NOTHING_TO_SAY = 409
const NO_ANSWER = null
const NOTHING: Tokens = { prompt: 0, answer: 0 }

/** A server may ask for more patience than anybody has. */
const LONGEST_WAIT_MS = 600_000
const LONGEST_OWN_WAIT_MS = 60_000

const usageSchema = z.object({ prompt_tokens: z.number().min(0), completion_tokens: z.number().min(0).default(0) })
const chatSchema = z.object({
  choices: z.array(z.object({ message: z.object({ content: z.string() }) })).min(1),
  usage: usageSchema.nullish(),
})
const embeddingsSchema = z.object({
  data: z.array(z.object({ index: z.int(), embedding: z.array(z.number()).min(1) })),
  usage: usageSchema.nullish(),
})
const textSchema = z.string()
const vectorsSchema = z.array(z.string())

/** One kind of question: where it goes and what of the answer is kept. */
interface Kind<T> {
  readonly path: string
  readonly body: object
  /** Tells questions apart where the body does not hold it. */
  readonly seed?: number
  readonly most: Tokens
  /** `undefined` for what is no answer to it. */
  read(body: unknown): { readonly kept: T; readonly tokens: Tokens | undefined } | undefined
}

export function createClient(options: ClientOptions): Client {
  const { endpoint, model, embeddings, answers, concurrency = 4, attempts = 6, timeoutSeconds = 120, seed } = options
  const { mostBytes = 1 << 24, waitMs = 500, signal, onWait } = options
  const purse = createPurse(options.budget ?? {}, options.prices, answers.spent)
  const places = createPlaces(concurrency)
  const asking = new Map<string, Promise<unknown>>()
  const latencies: number[] = []
  let replayed = 0
  let failure: unknown

  async function request<T>(key: string, { path, body, most, read }: Kind<T>): Promise<T> {
    const rng = createRng(seed).split('wait', key)
    const json = JSON.stringify(body)
    for (let attempt = 1; ; attempt++) {
      await purse.setAside(most)
      // What is set aside comes back whatever happens: others may be waiting for it.
      let cost = most
      let reply: Reply
      try {
        await answers.asked(key, most)
        const began = performance.now()
        reply = await send(endpoint, path, json, { timeoutMs: 1000 * timeoutSeconds, mostBytes, signal })
        const answer = reply.kind === 'answered' ? read(reply.body) : undefined
        if (answer !== undefined) {
          latencies.push(performance.now() - began)
          cost = answer.tokens ?? most
          await answers.answered(key, answer.kept, cost)
          return answer.kept
        }
        if (reply.kind === 'refused' || (reply.kind === 'again' && !reply.billed)) cost = NOTHING
        if (reply.kind === 'refused' && reply.status === NOTHING_TO_SAY) {
          await answers.answered(key, NO_ANSWER, NOTHING)
          throw nothingToSay(endpoint)
        }
        await answers.failed(key, cost)
      } finally {
        purse.settle(most, cost)
      }
      await wait(reply, attempt, rng.float())
    }
  }

  async function wait(reply: Reply, attempt: number, jitter: number): Promise<void> {
    if (reply.kind === 'refused')
      throw new EndpointRefused(reply.status, `the language model at ${endpoint.url} ${reply.why}`)
    const why = reply.kind === 'again' ? reply.why : 'answered without what was asked for'
    const told = reply.kind === 'again' ? reply.afterMs : undefined
    const failed = (remedy: string) =>
      new TributaryError('endpoint-failed', `the language model at ${endpoint.url} ${why}; ${remedy}`)
    if (attempt >= attempts)
      throw failed(
        `asked ${attempt === 1 ? 'once' : `${attempt} times`}. What was answered is kept: go on with --resume`,
      )
    if (told !== undefined && told > LONGEST_WAIT_MS)
      throw failed(
        `it asks to wait for ${Math.ceil(told / 60_000)} minutes. What was answered is kept: go on with --resume`,
      )
    const own = Math.min(LONGEST_OWN_WAIT_MS, waitMs * 2 ** (attempt - 1)) * (0.5 + jitter / 2)
    const ms = told ?? own
    onWait?.(`the language model ${why}; asked again in ${(ms / 1000).toFixed(1)} s`)
    await setTimeout(ms, undefined, { ...(signal && { signal }) })
  }

  async function ask<T>(kind: Kind<T>, kept: z.ZodType<T>): Promise<T> {
    const whole = `${kind.path}\n${JSON.stringify(kind.body)}\n${kind.seed ?? ''}`
    const key = createHash('sha256').update(whole).digest('hex')
    const before = answers.get(key)
    if (before !== undefined) {
      replayed++
      if (before === NO_ANSWER) throw nothingToSay(endpoint)
      return kept.parse(before)
    }
    const other = asking.get(key)
    if (other !== undefined) return kept.parse(await other)
    const asked = places.within(async () => {
      // What made one question fail is no better for the next, and could cost.
      if (failure !== undefined) throw failure
      try {
        const answer = await request(key, kind)
        options.onAnswer?.()
        return answer
      } catch (error) {
        const thrown = signal?.aborted
          ? new TributaryError('interrupted', `stopped after ${purse.spent.calls} calls; go on with --resume`, {
              cause: error,
            })
          : error
        if (!(thrown instanceof EndpointRefused && thrown.status === NOTHING_TO_SAY)) failure ??= thrown
        throw thrown
      }
    })
    asking.set(key, asked)
    try {
      return await asked
    } finally {
      asking.delete(key)
    }
  }

  return {
    async chat({ messages, temperature, maxTokens, seed: sampled }) {
      const own = { model, messages, temperature, max_tokens: maxTokens, seed: sampled }
      const all = { ...own, ...options.fields }
      const body = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null))
      const limits = [all.max_tokens, options.fields?.max_completion_tokens].filter(
        (limit) => typeof limit === 'number',
      )
      if (limits.length === 0 && (options.budget?.tokens ?? options.budget?.usd) !== undefined)
        throw new TributaryError(
          'bad-argument',
          'a budget of tokens or money needs answers that have an end; give max_completion_tokens in place of max_tokens',
        )
      const most = {
        prompt: mostTokens(messages.map(({ content }) => content)),
        answer: Math.max(maxTokens, ...limits),
      }
      return ask({ path: '/chat/completions', body, seed: sampled, most, read: readChat }, textSchema)
    },
    async embed(texts) {
      if (embeddings === undefined)
        throw new TributaryError(
          'bad-argument',
          'vectors of texts need a model that makes them; name one with --embeddings',
        )
      const body = { model: embeddings, input: texts, encoding_format: 'float' }
      const most = { prompt: mostTokens(texts), answer: 0 }
      const read = (answer: unknown) => readVectors(answer, texts.length)
      const vectors = await ask({ path: '/embeddings', body, most, read }, vectorsSchema)
      return vectors.map((vector) => new Float32Array(Uint8Array.from(Buffer.from(vector, 'base64')).buffer))
    },
    get usage() {
      return { spent: purse.spent, replayed, latencies }
    },
  }
}

function nothingToSay({ url }: Endpoint): EndpointRefused {
  return new EndpointRefused(
    NOTHING_TO_SAY,
    `the language model at ${url} has nothing to say to this (${NOTHING_TO_SAY})`,
  )
}

/** Tokens of the usual vocabularies have at least a byte; a message has some of its own around it. */
function mostTokens(texts: readonly string[]): number {
  return texts.reduce((sum, text) => sum + Buffer.byteLength(text) + 16, 16)
}

function tokensOf(usage: z.output<typeof usageSchema> | null | undefined): Tokens | undefined {
  return usage ? { prompt: usage.prompt_tokens, answer: usage.completion_tokens } : undefined
}

function readChat(body: unknown) {
  const { data } = chatSchema.safeParse(body)
  return data && { kept: data.choices[0].message.content, tokens: tokensOf(data.usage) }
}

/** Kept as base64 of float32, a third of their length as numbers. */
function readVectors(body: unknown, count: number) {
  const { data: read } = embeddingsSchema.safeParse(body)
  if (read === undefined || read.data.length !== count) return undefined
  const inOrder = [...read.data].sort((a, b) => a.index - b.index)
  const width = inOrder[0]?.embedding.length
  if (inOrder.some(({ index, embedding }, place) => index !== place || embedding.length !== width)) return undefined
  const kept = inOrder.map(({ embedding }) => Buffer.from(Float32Array.from(embedding).buffer).toString('base64'))
  return { kept, tokens: tokensOf(read.usage) }
}

/** Lets so many be at work at a time, in the order in which they came. */
function createPlaces(count: number) {
  let free = count
  const waiting: (() => void)[] = []
  return {
    async within<T>(work: () => Promise<T>): Promise<T> {
      if (free > 0) free--
      else await new Promise<void>((resolve) => waiting.push(resolve))
      try {
        return await work()
      } finally {
        const next = waiting.shift()
        if (next === undefined) free++
        else next()
      }
    },
  }
}
