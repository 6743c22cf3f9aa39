import { expect } from 'vitest'
import { z } from 'zod'
import type { ServerApp } from '../../src/server/index.ts'

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
 * Asks an app, and holds each answer to what its own `/openapi.json` says of it: the status, the kind of content, and every field.
 * Paths that are not described may only be refused.
 */
export function described(app: ServerApp): (path: string, init?: RequestInit) => Promise<Response> {
  let description: Promise<Description> | undefined
  const schemas = new Map<Schema, z.ZodType>()
  return async (path, init) => {
    description ??= (async () => (await (await app.request('/openapi.json')).json()) as Description)()
    const answer = await app.request(path, init)
    const { paths, components } = await description
    const method = (init?.method ?? 'GET').toLowerCase()
    const pathname = path.replace(/\?.*$/s, '')
    const operation = Object.entries(paths).find(([pattern]) => matches(pattern, pathname))?.[1][method]
    if (operation === undefined) return answer
    const found = operation.responses[answer.status]
    const asked = `${method} ${pathname} ${answer.status}`
    expect(Object.keys(operation.responses), asked).toContain(String(answer.status))
    const type = answer.headers.get('Content-Type')?.split(';')[0] ?? ''
    if (found.content === undefined) return answer
    expect(Object.keys(found.content), asked).toContain(type)
    const { schema } = found.content[type]
    if (type !== 'application/json' || schema === undefined) return answer
    let known = schemas.get(schema)
    if (known === undefined) {
      known = z.fromJSONSchema(strict({ ...schema, $defs: components.schemas }) as never)
      schemas.set(schema, known)
    }
    const body: unknown = await answer.clone().json()
    expect(known.safeParse(body).error?.issues ?? [], `${asked}: ${JSON.stringify(body)}`).toEqual([])
    return answer
  }
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
