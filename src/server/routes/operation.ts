import { createRoute, z } from '@hono/zod-openapi'
import { TRIBUTARY_VERSION } from '../../runs/versions.ts'
import type { AddRoutes } from '../context.ts'
import { curlCommand } from '../curl.ts'
import { isStudioBuilt } from '../studio.ts'
import { json } from './answers.ts'
import { withKeys } from './keys.ts'

const status = z.object({ status: z.string() })
const readiness = z.object({ status: z.enum(['starting', 'ready', 'failed']), models: z.array(z.string()) })

const health = createRoute({
  method: 'get',
  path: '/health',
  operationId: 'checkHealth',
  summary: 'The process is alive',
  responses: { 200: json(status, 'Always') },
})

const ready = createRoute({
  method: 'get',
  path: '/ready',
  operationId: 'checkReadiness',
  summary: 'Every model has answered a first request',
  responses: { 200: json(readiness, 'Send requests'), 503: json(readiness, 'Do not send requests yet') },
})

const read = createRoute({
  method: 'get',
  path: '/metrics',
  operationId: 'readMetrics',
  summary: 'Counters and histograms for Prometheus',
  responses: {
    200: { description: 'Text in the format of Prometheus', content: { 'text/plain': { schema: z.string() } } },
  },
})

/** What programs that watch over the server ask; their paths have no version. */
export const addOperation: AddRoutes = (app, { models, metrics, state }) => {
  app.openapi(health, (c) => c.json({ status: 'alive' as const }, 200))
  app.openapi(ready, (c) => {
    const answer = { status: state(), models: models.names }
    return answer.status === 'ready' ? c.json(answer, 200) : c.json(answer, 503)
  })
  app.openapi(read, async (c) => c.text(await metrics.text(), 200, { 'Content-Type': metrics.contentType }))
  app.get('/openapi.json', (c) => {
    const document = app.getOpenAPI31Document({
      openapi: '3.1.0',
      info: { title: 'Tributary', version: TRIBUTARY_VERSION },
      servers: [{ url: c.req.path.slice(0, -'/openapi.json'.length) || '/' }],
    })
    return c.json(withKeys(document))
  })

  // Mounted at /rec, the second is /rec/.
  app.on('GET', ['/', '/:nothing{$}'], async (c) => {
    const here = new URL(c.req.url)
    const at = here.pathname.replace(/\/$/, '')
    // A person comes to look.
    if (/\btext\/html\b/.test(c.req.header('accept') ?? '') && isStudioBuilt()) return c.redirect(`${at}/studio`)
    const domain =
      models.names.length === 0 ? undefined : await models.use(undefined, async ({ dataset }) => dataset.domains[0])
    return c.json({
      name: 'Tributary',
      version: TRIBUTARY_VERSION,
      models: models.names,
      ...(domain !== undefined && { try: curlCommand(`${here.origin}${at}`, { domain, k: 5 }) }),
      links: ['/studio', '/v1/domains', '/health', '/ready', '/metrics', '/openapi.json'],
    })
  })
}
