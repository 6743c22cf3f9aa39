import type { z } from '@hono/zod-openapi'
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
