import { createRoute, z } from '@hono/zod-openapi'
import { TributaryError } from '../../core/index.ts'
import { type Experiment, type ExperimentBody, experimentSchema } from '../../serving/experiments/experiment.ts'
import {
  deleteExperiment,
  findExperiment,
  putExperiment,
  startExperiment,
  stopExperiment,
} from '../../serving/experiments/lifecycle.ts'
import { FieldError, unknownField } from '../../serving/field-error.ts'
import { fields, name } from '../../serving/fields.ts'
import { bodyReader } from '../body.ts'
import type { AddRoutes, ServerContext } from '../context.ts'
import { RequestError } from '../failure.ts'
import { failure } from '../schema.ts'
import { json, NO_STORE, REFUSALS } from './answers.ts'
import { storeOf } from './stored.ts'

// Made here, since only what is made after the OpenAPI package has begun is described by it.
const request = fields(experimentSchema.shape).openapi('Experiment')
const answer = z
  .object({
    name: z.string(),
    ...request.shape,
    status: z.enum(['draft', 'running', 'stopped']),
    startedAt: z.int().optional().openapi({ description: 'Milliseconds since 1970' }),
    stoppedAt: z.int().optional().openapi({ description: 'Milliseconds since 1970' }),
    weighings: z
      .array(z.object({ from: z.int(), coverage: z.number(), weights: z.array(z.number()).readonly() }))
      .openapi({
        description: 'Weights in the order of the arms, each from a moment on; who was assigned before keeps his arm',
      }),
  })
  .openapi('NamedExperiment')
const assigned = z
  .object({
    experiment: z.string(),
    unit: z.string(),
    arm: z.string().optional().openapi({ description: 'Absent for whoever takes no part, and where it does not run' }),
    override: z.boolean().openapi({ description: 'It was said for a tester, who is not counted' }),
    at: z.int().optional().openapi({
      description: 'Of the first list, milliseconds since 1970; absent where there was none yet',
    }),
    several: z.boolean().openapi({ description: 'Another arm was met, too, as by another name before a merge' }),
  })
  .openapi('Assignment')
const named = { params: z.object({ name: name('the name of an experiment').openapi({ example: 'mixed-or-twin' }) }) }
const none = json(failure, 'There is no such experiment, or the server has no store')
const late = json(failure, 'It runs, or ran, so that this cannot be any more; or another one runs in the same place')

const list = createRoute({
  method: 'get',
  path: '/experiments',
  operationId: 'listExperiments',
  summary: 'All experiments',
  responses: { 200: json(z.object({ experiments: z.array(answer) }), 'All of them'), ...NO_STORE },
})
const read = createRoute({
  method: 'get',
  path: '/experiments/{name}',
  operationId: 'readExperiment',
  summary: 'What an experiment is, and whether it runs',
  request: named,
  responses: { 200: json(answer, 'The experiment'), 404: none },
})
const put = createRoute({
  method: 'put',
  path: '/experiments/{name}',
  operationId: 'putExperiment',
  summary: 'Say what an experiment is; while it runs, only weights, coverage and overrides change',
  request: { ...named, body: { required: true, content: { 'application/json': { schema: request } } } },
  responses: {
    200: json(answer, 'The experiment'),
    ...REFUSALS,
    ...NO_STORE,
    409: late,
    422: json(failure, 'A model, a placement or an arm is unknown'),
  },
})
const remove = createRoute({
  method: 'delete',
  path: '/experiments/{name}',
  operationId: 'deleteExperiment',
  summary: 'Take an experiment away that does not run, with what was assigned in it',
  request: named,
  responses: { 204: { description: 'It is gone' }, 404: none, 409: late },
})
const start = createRoute({
  method: 'post',
  path: '/experiments/{name}/start',
  operationId: 'startExperiment',
  summary: 'Assign users from now on; every server of the store does within a second',
  request: named,
  responses: { 200: json(answer, 'It runs'), 404: none, 409: late },
})
const stop = createRoute({
  method: 'post',
  path: '/experiments/{name}/stop',
  operationId: 'stopExperiment',
  summary: 'Give everybody what they would get without it',
  request: named,
  responses: { 200: json(answer, 'It has ended'), 404: none, 409: late },
})

const assignment = createRoute({
  method: 'get',
  path: '/experiments/{name}/assignments/{user}',
  operationId: 'readAssignment',
  summary:
    'The arm of a user, or of a session where sessions have arms: the one they have, or would have with their next list',
  request: {
    params: z.object({ ...named.params.shape, user: name('the name of a user').openapi({ example: '4711' }) }),
  },
  responses: { 200: json(assigned, 'The arm'), 404: none },
})

export const addExperiments: AddRoutes = (app, context) => {
  const { experiments } = context
  const told = async (work: Promise<Experiment>) => {
    const experiment = await work.catch(blame)
    await experiments.refresh()
    return described(experiment)
  }

  app.openapi(list, async (c) => {
    storeOf(context)
    await experiments.refresh()
    return c.json({ experiments: experiments.all.map(described) }, 200)
  })
  app.openapi(read, async (c) => {
    const found = await findExperiment(storeOf(context), c.req.valid('param').name).catch(blame)
    return c.json(described(found), 200)
  })
  app.put('/experiments/:name', bodyReader())
  app.openapi(put, async (c) => {
    const body = c.req.valid('json')
    const store = storeOf(context)
    refuseUnknown(context, body)
    return c.json(await told(putExperiment(store, c.req.valid('param').name, body, context.now())), 200)
  })
  app.openapi(remove, async (c) => {
    await deleteExperiment(storeOf(context), c.req.valid('param').name).catch(blame)
    await experiments.refresh()
    return c.body(null, 204)
  })
  app.openapi(start, async (c) => {
    const { name } = c.req.valid('param')
    const store = storeOf(context)
    refuseUnknown(context, await findExperiment(store, name).catch(blame))
    return c.json(await told(startExperiment(store, name, context.now())), 200)
  })
  app.openapi(assignment, async (c) => {
    const { name, user } = c.req.valid('param')
    const experiment = await findExperiment(storeOf(context), name).catch(blame)
    return c.json(await experiments.assignment(experiment, user), 200)
  })
  app.openapi(stop, async (c) =>
    c.json(await told(stopExperiment(storeOf(context), c.req.valid('param').name, context.now())), 200),
  )
}

function described({ weighings, ...experiment }: Experiment) {
  return { ...experiment, weighings: [...weighings] }
}

/** @throws FieldError for what no list could be made of */
function refuseUnknown({ models, placements }: ServerContext, { arms, placement: place }: ExperimentBody): void {
  const knownPlacement = (name: string, field: string) => {
    const found = placements.get(name)
    if (found === undefined) throw unknownField('placement', name, field, placements.names)
    return found
  }
  const own = place === undefined ? undefined : knownPlacement(place, 'placement')
  for (const [i, { use, placement }] of arms.entries()) {
    if (use !== undefined && 'model' in use && !models.has(use.model))
      throw unknownField('model', use.model, `arms[${i}].use.model`, models.names)
    if (use !== undefined && 'alias' in use && !models.has(use.alias))
      throw unknownField('alias', use.alias, `arms[${i}].use.alias`, [...models.aliases.keys()])
    if (placement === undefined) continue
    const { domain } = knownPlacement(placement, `arms[${i}].placement`)
    if (domain !== undefined && domain !== own?.domain)
      throw new FieldError(
        'bad-request',
        `arms[${i}].placement`,
        `the placement '${placement}' is of '${domain}', and that of the experiment is not`,
      )
  }
}

export function blame(error: unknown): never {
  if (!(error instanceof TributaryError)) throw error
  if (error.code === 'mismatch') throw new RequestError(409, error.message)
  if (error instanceof FieldError && error.code === 'unknown-name' && error.field === 'name')
    throw new RequestError(404, error.message, { field: 'name' })
  throw error
}
