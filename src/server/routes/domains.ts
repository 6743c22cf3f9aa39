import { createRoute } from '@hono/zod-openapi'
import { domainItems } from '../../core/index.ts'
import type { ServedModel } from '../../serving/models.ts'
import type { AddRoutes } from '../context.ts'
import { domainsAnswer, domainsQuery, failure } from '../schema.ts'
import { json } from './answers.ts'

const list = createRoute({
  method: 'get',
  path: '/domains',
  operationId: 'listDomains',
  summary: 'The domains that a model knows, and how many items each has',
  request: { query: domainsQuery },
  responses: { 200: json(domainsAnswer, 'The domains'), 422: json(failure, 'The model is unknown') },
})

export const addDomains: AddRoutes = (app, { models }) => {
  app.openapi(list, (c) =>
    models.use(c.req.valid('query').model, async (model) => {
      const { name, dataset } = model
      const domains = dataset.domains.map((domain, index) => {
        const { start, end } = domainItems(dataset, index)
        return { name: domain, items: end - start, ...standInsOf(model, domain) }
      })
      return c.json({ model: name, domains }, 200)
    }),
  )
}

/** The names of the runs that may stand in for the model in a domain. */
function standInsOf({ fallbacks, newUsers }: ServedModel, domain: string): { fallback?: string; newUsers?: string } {
  const [fallback, forNew] = [fallbacks?.get(domain), newUsers?.get(domain)]
  return { ...(fallback !== undefined && { fallback }), ...(forNew !== undefined && { newUsers: forNew }) }
}
