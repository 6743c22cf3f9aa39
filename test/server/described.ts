import { expect } from 'vitest'
import { z } from 'zod'
import { createServer as createPlainServer, type ServerApp, type ServerOptions } from '../../src/server/index.ts'

type Schema = Readonly<Record<string, unknown>>
interface Description {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> }
}
interface Operation {
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema?: Schema }>> }>
  >
}

/**
 * A server of which `request` holds each answer to what its own `/openapi.json` says of it: the status, the kind of content, and
 * every field. Paths that are not described may answer as they like.
 */
export function createServer(options: ServerOptions): ServerApp {
  const app = createPlainServer(options)
  const request = app.request
  let description: Promise<Description> | undefined
  const describedBy = async () => (await (await request('/openapi.json')).json()) as Description
  app.request = async (input, ...rest) => {
    const answer = await request(input, ...rest)
    const [init] = rest
    const { pathname } = new URL(
      typeof input === 'string' ? input : 'url' in input ? input.url : input,
      'http://localhost',
    )
    const method = (init?.method ?? 'GET').toLowerCase()
    description ??= describedBy()
    const { paths, components } = await description
    const operation = Object.entries(paths).find(([pattern]) => matches(pattern, pathname))?.[1][method]
    if (operation !== undefined) await hold(answer, operation, components, `${method} ${pathname} ${answer.status}`)
    return answer
  }
  return app
}

/** By the text of what is described, which many servers share. */
const schemas = new Map<string, z.ZodType>()

async function hold(
  answer: Response,
  { responses }: Operation,
  { schemas: $defs }: Description['components'],
  asked: string,
): Promise<void> {
  expect(Object.keys(responses), asked).toContain(String(answer.status))
  const { content } = responses[answer.status]
  if (content === undefined) return
  const type = answer.headers.get('Content-Type')?.split(';')[0] ?? ''
  expect(Object.keys(content), asked).toContain(type)
  const { schema } = content[type]
  if (type !== 'application/json' || schema === undefined) return
  const text = JSON.stringify({ ...schema, $defs })
  const known = schemas.get(text) ?? z.fromJSONSchema(strict(JSON.parse(text)) as never)
  schemas.set(text, known)
  const body: unknown = await answer.clone().json()
  expect(known.safeParse(body).error?.issues ?? [], `${asked}: ${JSON.stringify(body)}`).toEqual([])
}

function matches(pattern: string, path: string): boolean {
  const [parts, given] = [pattern.split('/'), path.split('/')]
  return parts.length === given.length && parts.every((part, i) => part.startsWith('{') || part === given[i])
}

/**
 * The schema with no field allowed that it does not name, and its references where JSON Schema has them.
 * @param isPart of an object that other schemas name fields of, too
 */
function strict(schema: unknown, isPart = false): unknown {
  if (Array.isArray(schema)) return schema.map((one) => strict(one, isPart))
  if (typeof schema !== 'object' || schema === null) return schema
  const entries = Object.entries(schema).map(([key, value]) => [
    key,
    key === '$ref'
      ? String(value).replace('#/components/schemas/', '#/$defs/')
      : strict(value, key === 'allOf' || (isPart && ['anyOf', 'oneOf'].includes(key))),
  ])
  const isClosed = !isPart && 'properties' in schema && !('additionalProperties' in schema)
  return { ...Object.fromEntries(entries), ...(isClosed && { additionalProperties: false }) }
}
