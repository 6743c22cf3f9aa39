import { createRoute } from '@hono/zod-openapi'
import { type Dataset, TributaryError } from '../../core/index.ts'
import { standIn, whereKnown } from '../../serving/new-users.ts'
import { sourcesByName } from '../../serving/served.ts'
import { bodyReader } from '../body.ts'
import type { AddRoutes } from '../context.ts'
import { clientOf } from '../env.ts'
import { RequestError } from '../failure.ts'
import { toQuestion } from '../question.ts'
import {
  DEFAULT_ITEMS,
  failure,
  type RecommendationRequest,
  recommendationAnswer,
  recommendationRequest,
} from '../schema.ts'
import { json, REFUSALS } from './answers.ts'

const recommend = createRoute({
  method: 'post',
  path: '/recommendations',
  operationId: 'recommend',
  summary: 'What a user should see next in a domain',
  request: { body: { required: true, content: { 'application/json': { schema: recommendationRequest } } } },
  responses: {
    200: json(recommendationAnswer, 'The list, best first'),
    ...REFUSALS,
    422: json(failure, 'The domain, the model, the user or an item is unknown'),
  },
})

export const addRecommendations: AddRoutes = (app, { models, metrics, ignoreUnknown }) => {
  app.post(recommend.path, bodyReader())
  app.openapi(recommend, (c) => {
    const request = c.req.valid('json')
    return models.use(request.model, async (model) => {
      const { name, dataset, batcher } = model
      const { query, ignored } = toQuestion(request, dataset, { ignoreUnknown })
      const options = { k: request.k ?? DEFAULT_ITEMS, maskSeen: request.maskSeen ?? true, sources: request.sources }
      const asker = { client: clientOf(c), signal: c.req.raw.signal }
      const list = await batcher.recommend(query, options, asker).catch(blameValues(request))
      const known = whereKnown(dataset, query)
      const instead = standIn(model, request.domain, known)
      metrics.itemsReturned(name, request.domain, list.length)
      metrics.list(name, request.domain, known, Object.values(instead)[0] ?? name)
      const named = (rows: readonly (Float32Array | undefined)[]) => namedSources(dataset, rows)
      const items = list.map(({ item, score, sources }, index) => ({
        item: dataset.items.name(item),
        score,
        rank: index + 1,
        ...named([sources]),
      }))
      const answer = {
        model: name,
        ...instead,
        domain: request.domain,
        known,
        items,
        ...named(list.map(({ sources }) => sources)),
        historyUsed: query.history.length,
        ignored: [...ignored],
      }
      return c.json(answer, 200)
    })
  })
}

function namedSources(
  dataset: Dataset,
  rows: readonly (Float32Array | undefined)[],
): { sources?: Readonly<Record<string, number>> } {
  const sources = sourcesByName(
    dataset,
    rows.filter((row) => row !== undefined),
  )
  return sources === undefined ? {} : { sources: sources.toJSON() }
}

/** Values far from those that a model was trained on may take its scores out of the range of numbers. */
function blameValues({ values }: RecommendationRequest): (error: unknown) => never {
  return (error) => {
    if (values !== undefined && error instanceof TributaryError && error.code === 'not-finite')
      throw new RequestError(400, "'values' leave the model without finite scores; send values like those of the log", {
        field: 'values',
      })
    throw error
  }
}
