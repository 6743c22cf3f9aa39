import { createHash } from 'node:crypto'
import { Hono } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { z } from 'zod'
import { hashedLetters } from '../../rl/index.ts'

const VECTOR_WIDTH = 256
/** Longer prompts than any agent writes. */
const MOST_BODY_BYTES = 4_000_000

const chatSchema = z.looseObject({
  model: z.string(),
  messages: z.array(z.looseObject({ content: z.string() })).min(1),
  seed: z.int().min(0).default(0),
})
const embeddingsSchema = z.looseObject({ model: z.string(), input: z.union([z.string(), z.array(z.string()).min(1)]) })

export interface DemonstratorOptions {
  /** By the name of a model: its answer to a prompt; undefined where it has none. */
  readonly models: ReadonlyMap<string, (prompt: string, seed: number) => string | undefined>
}

/** What a language model's server answers, from programs: `/v1/chat/completions`, `/v1/embeddings` and `/v1/models`. */
export function createDemonstrator({ models }: DemonstratorOptions): Hono {
  const app = new Hono()
  app.use(
    bodyLimit({
      maxSize: MOST_BODY_BYTES,
      onError: (c) => c.json(failure(`the body is larger than ${MOST_BODY_BYTES} bytes`), 413),
    }),
  )
  app.get('/v1/models', (c) =>
    c.json({ object: 'list', data: [...models.keys()].map((id) => ({ id, object: 'model', owned_by: 'tributary' })) }),
  )
  app.post('/v1/chat/completions', async (c) => {
    const { data } = chatSchema.safeParse(await c.req.json().catch(() => undefined))
    if (data === undefined) return c.json(failure('the body must be JSON with a model and messages'), 400)
    const answer = models.get(data.model)
    if (answer === undefined)
      return c.json(
        failure(`there is no model '${data.model.slice(0, 100)}'; there are ${[...models.keys()].join(', ')}`),
        404,
      )
    const prompt = data.messages.map(({ content }) => content).join('\n')
    const text = answer(prompt, data.seed)
    if (text === undefined) return c.json(failure('nothing is recorded off the recorded path'), 409)
    return c.json({
      id: `chatcmpl-${createHash('sha256').update(`${data.seed}\n${prompt}`).digest('hex').slice(0, 24)}`,
      object: 'chat.completion',
      created: 0,
      model: data.model,
      choices: [{ index: 0, message: { role: 'assistant', content: text }, finish_reason: 'stop' }],
      usage: usageOf(prompt, text),
    })
  })
  app.post('/v1/embeddings', async (c) => {
    const { data } = embeddingsSchema.safeParse(await c.req.json().catch(() => undefined))
    if (data === undefined) return c.json(failure('the body must be JSON with a model and an input'), 400)
    const texts = typeof data.input === 'string' ? [data.input] : data.input
    const vectors = await hashedLetters({ width: VECTOR_WIDTH }).embed(texts)
    return c.json({
      object: 'list',
      model: data.model,
      data: vectors.map((vector, index) => ({ object: 'embedding', index, embedding: [...vector] })),
      usage: usageOf(texts.join('\n'), ''),
    })
  })
  return app
}

/** Words and signs, as a vocabulary has them more or less. */
function usageOf(prompt: string, answer: string) {
  const count = (text: string) => text.match(/\w+|[^\w\s]/g)?.length ?? 0
  const [prompted, answered] = [count(prompt), count(answer)]
  return { prompt_tokens: prompted, completion_tokens: answered, total_tokens: prompted + answered }
}

function failure(message: string) {
  return { error: { message, type: 'invalid_request_error' } }
}
