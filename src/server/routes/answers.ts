import { z } from '@hono/zod-openapi'
import { MOST_TOLD } from '../batches.ts'
import { MOST_BODY_BYTES } from '../body.ts'
import { failure } from '../schema.ts'

/** A body of JSON, as the description of the API has it. */
export function json<S extends z.ZodType>(schema: S, description: string) {
  return { description, content: { 'application/json': { schema } } }
}

/** Refusals that every route with a body may answer; a route adds or replaces its own. */
export const REFUSALS = {
  400: json(failure, 'The body is not a valid request'),
  413: json(failure, `The body is larger than ${MOST_BODY_BYTES} bytes`),
  415: json(failure, 'The body is not declared as JSON'),
  429: json(failure, 'Too many large bodies of this client were refused'),
  500: json(failure, 'The server failed; its log has the reason'),
  503: json(failure, 'Too many requests are waiting'),
}

const rejected = z
  .object({
    index: z.int().openapi({ description: 'The place in the batch, or of the line in the stream, from 0' }),
    code: z.string(),
    message: z.string(),
    field: z.string().optional(),
  })
  .openapi('Rejected')

/** Of a batch that is taken as far as it is right. */
export const rejections = {
  rejected: z
    .array(rejected)
    .openapi({ description: `What was not taken, and why; of a stream the first ${MOST_TOLD}` }),
  rejectedCount: z.int().openapi({ description: 'How many were not taken' }),
}

/** Of what is kept in a store. */
export const NO_STORE = { 404: json(failure, 'There is no such thing, or the server has no store') }
