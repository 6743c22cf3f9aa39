import type { OpenAPIHono } from '@hono/zod-openapi'
import { scopeOf } from '../access.ts'

type Document = ReturnType<OpenAPIHono['getOpenAPI31Document']>

const METHODS = ['get', 'put', 'post', 'patch', 'delete'] as const

const refused = (description: string) => ({
  description,
  content: { 'application/json': { schema: { $ref: '#/components/schemas/Failure' } } },
})

/** The description of the API with what a key must be allowed for each operation, from the one table that lets callers through. */
export function withKeys(document: Document): Document {
  const paths = Object.entries(document.paths ?? {}).map(([path, item]) => {
    const operations = METHODS.flatMap((method) => {
      const operation = item[method]
      if (operation === undefined || !path.startsWith('/v1/')) return []
      const scope = scopeOf(method.toUpperCase(), path.replaceAll(/\{(\w+)\}/g, ':$1'))
      return [[method, { ...operation, ...neededFor(scope, operation.responses ?? {}) }]]
    })
    return [path, { ...item, ...Object.fromEntries(operations) }]
  })
  const key = {
    type: 'http' as const,
    scheme: 'bearer',
    description: 'A key of tributary keys create, for the scope named',
  }
  return {
    ...document,
    paths: Object.fromEntries(paths),
    components: { ...document.components, securitySchemes: { key } },
  }
}

/** Where the store has never had a key, none is needed; the description is the same for all servers. */
function neededFor(scope: string, responses: object) {
  return {
    security: [{ key: [scope] }, {}],
    responses: {
      400: refused('The request is not valid'),
      401: refused('A key is needed, and there was none that counts'),
      403: refused('The key may not do this'),
      429: refused('The key asks faster than it may'),
      500: refused('The server failed; its log has the reason'),
      503: refused('The store failed, or too many requests are waiting'),
      ...responses,
    },
  }
}
