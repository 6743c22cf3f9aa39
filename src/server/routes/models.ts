import { createRoute, z } from '@hono/zod-openapi'
import { TributaryError } from '../../core/index.ts'
import type { Lineup } from '../../serving/lineup.ts'
import { bodyReader } from '../body.ts'
import type { AddRoutes } from '../context.ts'
import { RequestError } from '../failure.ts'
import { failure } from '../schema.ts'
import { json, NO_STORE, REFUSALS } from './answers.ts'

const servedModel = z
  .object({
    name: z.string(),
    dataset: z.string().openapi({ description: 'What it was trained on' }),
    weights: z.string().optional().openapi({ description: 'SHA-256 of the weights' }),
    trainedAt: z.int().optional().openapi({ description: 'When the weights were written, milliseconds since 1970' }),
    since: z.int().openapi({ description: 'Since when this server has it, milliseconds since 1970' }),
    domains: z.array(z.string()),
    aliases: z.array(z.string()).openapi({ description: 'By which requests may ask for it, too' }),
  })
  .openapi('ServedModel')

const modelsAnswer = z
  .object({
    models: z.array(servedModel),
    default: z
      .string()
      .openapi({ description: 'Answers requests that name no model; empty where no model is served at all' }),
    store: z.boolean().openapi({ description: 'Whether the server keeps events, users and items' }),
  })
  .openapi('Models')

const modelRequest = z
  .strictObject({
    run: z
      .string()
      .min(1)
      .max(1000)
      .openapi({ description: 'A run below the folder that the server was given by --runs' }),
    name: z
      .string()
      .regex(/^[^\s/][^\s]{0,199}$/, 'a name is up to 200 characters without spaces')
      .optional()
      .openapi({ description: 'By which requests ask for it; default the path of the run' }),
  })
  .openapi('ModelRequest')

const aliasParameter = z.object({
  alias: z
    .string()
    .regex(/^[\w.-]{1,100}$/, 'an alias is up to 100 letters, digits, dots, hyphens and underscores')
    .openapi({ description: 'champion answers requests that name no model', example: 'champion' }),
})
const aliasRequest = z.strictObject({ model: z.string().min(1) }).openapi('AliasRequest')
const aliasAnswer = z
  .object({
    alias: z.string(),
    model: z.string(),
    before: z.array(z.string()).openapi({ description: 'Where rollbacks go, the next one first' }),
  })
  .openapi('Alias')

const list = createRoute({
  method: 'get',
  path: '/models',
  operationId: 'listModels',
  summary: 'The models that are served, and the aliases that stand for them',
  responses: { 200: json(modelsAnswer, 'The models') },
})

const add = createRoute({
  method: 'post',
  path: '/models',
  operationId: 'addModel',
  summary: 'Opens a run beside the models that answer; every server of the store follows',
  request: { body: { required: true, content: { 'application/json': { schema: modelRequest } } } },
  responses: {
    201: json(servedModel, 'It is served; no alias stands for it yet'),
    ...REFUSALS,
    ...NO_STORE,
    422: json(failure, 'There is no such run, or it cannot be served'),
  },
})

const remove = createRoute({
  method: 'delete',
  path: '/models/{model}',
  operationId: 'removeModel',
  summary: 'Takes away a model that was added; what it is answering is answered',
  request: { params: z.object({ model: z.string() }) },
  responses: {
    204: { description: 'It is not served any more' },
    400: json(failure, 'An alias stands for it, or the server was started with it'),
    ...NO_STORE,
    422: json(failure, 'The model is unknown'),
  },
})

const change = createRoute({
  method: 'put',
  path: '/aliases/{alias}',
  operationId: 'switchAlias',
  summary: 'Lets an alias stand for a model that is served',
  request: {
    params: aliasParameter,
    body: { required: true, content: { 'application/json': { schema: aliasRequest } } },
  },
  responses: {
    200: json(aliasAnswer, 'Requests from now on get the model'),
    ...REFUSALS,
    ...NO_STORE,
    422: json(failure, 'The model is unknown'),
  },
})

const rollBack = createRoute({
  method: 'post',
  path: '/aliases/{alias}/rollback',
  operationId: 'rollBackAlias',
  summary: 'Lets an alias stand for the model before',
  request: { params: aliasParameter },
  responses: {
    200: json(aliasAnswer, 'Requests from now on get the model before'),
    400: json(failure, 'There is no model before'),
    ...NO_STORE,
    422: json(failure, 'The alias is unknown'),
  },
})

/** Which models answer, and how that is changed while they do. */
export const addModels: AddRoutes = (app, { models, lineup, store }) => {
  const described = () =>
    models.all.map(({ name, dataset, weights, trainedAt }) => ({
      name,
      dataset: dataset.name,
      ...(weights !== undefined && { weights }),
      ...(trainedAt !== undefined && { trainedAt }),
      since: models.sinceOf(name) ?? 0,
      domains: [...dataset.domains],
      aliases: [...models.aliases].flatMap(([alias, model]) => (model === name ? [alias] : [])),
    }))
  app.openapi(list, async (c) => {
    const first = models.names.length === 0 ? '' : await models.use(undefined, async ({ name }) => name)
    return c.json({ models: described(), default: first, store: store !== undefined }, 200)
  })

  app.post(add.path, bodyReader())
  app.openapi(add, async (c) => {
    const { run, name = run } = c.req.valid('json')
    await needed(lineup).add(name, run).catch(blameRun(run))
    return c.json(described().find((model) => model.name === name)!, 201)
  })
  app.openapi(remove, async (c) => {
    await needed(lineup).remove(c.req.valid('param').model).catch(blameRequest)
    return c.body(null, 204)
  })
  app.put(change.path.replace('{alias}', ':alias'), bodyReader())
  app.openapi(change, async (c) => {
    const { alias } = c.req.valid('param')
    const { model, before } = await needed(lineup).switch(alias, c.req.valid('json').model).catch(blameRequest)
    return c.json({ alias, model, before: [...before] }, 200)
  })
  app.openapi(rollBack, async (c) => {
    const { alias } = c.req.valid('param')
    const { model, before } = await needed(lineup).rollBack(alias).catch(blameRequest)
    return c.json({ alias, model, before: [...before] }, 200)
  })
}

function needed(lineup: Lineup | undefined): Lineup {
  if (lineup === undefined)
    throw new RequestError(404, 'the models of this server stay as they are; start it with --store sqlite:FILE')
  return lineup
}

/** What a caller may be told: which names there are, and what is wrong with what was asked. */
function blameRequest(error: unknown): never {
  if (!(error instanceof TributaryError)) throw error
  if (error.code === 'bad-argument') throw new RequestError(400, error.message)
  if (error.code === 'unknown-name') throw new RequestError(422, error.message, { field: 'model' })
  throw error
}

/** Sentences about files have paths in them, which are not for callers. */
function blameRun(run: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof TributaryError) || error.code === 'store-failed') throw error
    if (error.code === 'bad-argument') throw new RequestError(400, error.message)
    throw new RequestError(422, `the run '${run}' cannot be served (${error.code}); try it with tributary evaluate`, {
      field: 'run',
    })
  }
}
