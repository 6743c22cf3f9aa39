import { createRoute, z } from '@hono/zod-openapi'
import { quoted, TributaryError } from '../../core/index.ts'
import { fields, name } from '../../serving/fields.ts'
import type { Trainer } from '../../workbench/trainer.ts'
import { bodyReader } from '../body.ts'
import type { AddRoutes } from '../context.ts'
import { RequestError } from '../failure.ts'
import { failure } from '../schema.ts'
import { json, REFUSALS } from './answers.ts'

const dataset = z
  .object({
    dataset: z.string().openapi({ description: 'Its path below the folders, by which a training asks for it' }),
    path: z.string().openapi({ description: 'As a command on that machine would name it' }),
    name: z.string(),
    hash: z.string().optional(),
    interactions: z.number().optional(),
    users: z.number().optional(),
    items: z.number().optional(),
    domains: z.array(z.object({ name: z.string(), items: z.number(), interactions: z.number() })),
    columns: z.array(z.string()).openapi({ description: 'What is known of each row' }),
    truth: z.boolean().openapi({ description: 'Whether it knows what users like, so that policies can be simulated' }),
  })
  .openapi('DatasetFolder')

const begun = z
  .object({
    run: z.string().openapi({ description: 'The path of the run below the folders' }),
    path: z.string().openapi({ description: 'As a command on that machine would name it' }),
    model: z.string(),
    dataset: z.string(),
    seed: z.int(),
    resumes: z.boolean().openapi({ description: 'It goes on with a run that was there' }),
    status: z.enum(['waiting', 'training', 'stopping', 'done', 'stopped', 'failed']),
    reason: z.string().optional().openapi({ description: 'Why it failed' }),
    asked: z.number().openapi({ description: 'Milliseconds since 1970' }),
    began: z.number().optional(),
    ended: z.number().optional(),
  })
  .openapi('BegunTraining')

const setting = z
  .record(z.string().max(100), z.unknown())
  .openapi({ description: 'Options of the model, as JSON or as --set has them', example: { epochs: 50 } })
const seed = z.int().min(0).max(Number.MAX_SAFE_INTEGER)
const MOST_SEEDS = 50

const trainRequest = fields({
  model: name('the name of a model'),
  dataset: name('the path of a dataset below the folders').openapi({ example: 'shop' }),
  split: name('how rows become training, validation and test').optional(),
  seeds: z
    .array(seed)
    .min(1)
    .max(MOST_SEEDS)
    .optional()
    .openapi({ description: 'A training each, one after the other. Not given: 1' }),
  set: setting.optional(),
  name: name('the name of the new run').optional().openapi({
    description:
      "The path of the new run; with several seeds, of the folder that they share. Not given: the model's name",
  }),
  warmStart: name('the path of a run below the folders')
    .optional()
    .openapi({ description: 'The run whose weights it begins with' }),
  simulateEvery: z
    .int()
    .min(1)
    .optional()
    .openapi({ description: 'Lets a policy act in the truth of the dataset after every so many epochs' }),
}).openapi('TrainRequest')

const resumeRequest = fields({ set: setting.optional() }).openapi('ResumeRequest')
const one = { params: z.object({ run: z.string().openapi({ description: 'The path of a run below the folders' }) }) }
const NONE = { 404: json(failure, 'Nothing is trained beside this server, or there is no such training') }

const datasets = createRoute({
  method: 'get',
  path: '/datasets',
  operationId: 'listDatasets',
  summary: 'The datasets below the folders, and the folder that new runs come into',
  responses: {
    200: json(
      z.object({
        datasets: z.array(dataset),
        into: z.string().optional().openapi({ description: 'Absent where nothing new is trained' }),
      }),
      'By name',
    ),
  },
})

const begin = createRoute({
  method: 'post',
  path: '/runs',
  operationId: 'train',
  summary: 'Trains a model in a process of its own, from a dataset below the folders into a new run there',
  request: { body: { required: true, content: { 'application/json': { schema: trainRequest } } } },
  responses: {
    202: json(z.object({ trainings: z.array(begun) }), 'The first has begun, or all of them wait'),
    ...REFUSALS,
    ...NONE,
    422: json(failure, 'There is no such model, dataset, split or run'),
  },
})

const stop = createRoute({
  method: 'delete',
  path: '/runs/{run}',
  operationId: 'stopRun',
  summary: 'Ends a training that was begun here, or takes it from those that wait; its run keeps the last checkpoint',
  request: one,
  responses: {
    202: json(begun, 'It is ending, or has been taken away'),
    ...NONE,
    409: json(failure, 'It has ended already'),
  },
})

const resume = createRoute({
  method: 'post',
  path: '/runs/{run}/resume',
  operationId: 'resumeRun',
  summary: 'Goes on with a run from its last checkpoint; with more epochs or patience, with one that is done, too',
  request: { ...one, body: { required: true, content: { 'application/json': { schema: resumeRequest } } } },
  responses: {
    202: json(begun, 'It has begun, or waits'),
    ...REFUSALS,
    ...NONE,
    422: json(failure, 'There is no such run, or it cannot be gone on with'),
  },
})

const list = createRoute({
  method: 'get',
  path: '/jobs',
  operationId: 'listBegun',
  summary:
    'The trainings that were begun here since the server was started; what happens to them is on the stream as `trainings`',
  responses: { 200: json(z.object({ trainings: z.array(begun) }), 'The last one that was asked for first') },
})

const read = createRoute({
  method: 'get',
  path: '/jobs/{run}',
  operationId: 'getBegun',
  summary: 'One of them, and what it has said so far',
  request: one,
  responses: {
    200: json(
      begun.extend({ lines: z.array(z.string()) }).openapi('BegunTrainingTold'),
      'The training, with its last lines',
    ),
    ...NONE,
  },
})

/** Trainings that a person begins, watches and ends; those of a plan are in `trainings.ts`. */
export const addBegun: AddRoutes = (app, { trainer, stream }) => {
  trainer?.trainings.onChange((training) => stream.tell('trainings', training))
  app.openapi(datasets, async (c) => {
    if (trainer === undefined) return c.json({ datasets: [] }, 200)
    const found = await trainer.datasets()
    const told = found.map(({ id, domains, columns, ...rest }) => ({
      ...{ dataset: id, ...rest, domains: [...domains], columns: [...columns] },
    }))
    return c.json({ datasets: told, ...(trainer.into !== undefined && { into: trainer.into }) }, 200)
  })

  app.post(begin.path, bodyReader())
  app.openapi(begin, async (c) => {
    const trainings = await needed(trainer).begin(c.req.valid('json')).catch(blameRequest)
    return c.json({ trainings }, 202)
  })
  app.openapi(stop, (c) => {
    const { run } = c.req.valid('param')
    const { trainings } = needed(trainer)
    const { status } = known(trainings.get(run), run)
    if (trainings.stop(run) === undefined)
      throw new RequestError(409, `the training of ${quoted(run)} has ended: ${status}`)
    return c.json(known(trainings.get(run), run), 202)
  })
  app.post(resume.path.replace('{run}', ':run'), bodyReader())
  app.openapi(resume, async (c) => {
    const { run } = c.req.valid('param')
    return c.json(await needed(trainer).resume(run, c.req.valid('json').set).catch(blameRun(run)), 202)
  })
  app.openapi(list, (c) => c.json({ trainings: trainer?.trainings.all ?? [] }, 200))
  app.openapi(read, (c) => {
    const { run } = c.req.valid('param')
    const { trainings } = needed(trainer)
    return c.json({ ...known(trainings.get(run), run), lines: [...(trainings.linesOf(run) ?? [])] }, 200)
  })
}

function needed(trainer: Trainer | undefined): Trainer {
  if (trainer === undefined)
    throw new RequestError(
      404,
      'nothing is trained beside this server; start it with --runs FOLDER, or tributary studio',
    )
  return trainer
}

function known<T>(training: T | undefined, run: string): T {
  if (training === undefined)
    throw new RequestError(404, `no training of ${quoted(run)} was begun here; GET /v1/jobs lists those that were`)
  return training
}

function blameRequest(error: unknown): never {
  if (error instanceof TributaryError && error.code === 'not-supported') throw new RequestError(404, error.message)
  throw error
}

/** Sentences about files have paths in them, which are not for callers. */
function blameRun(run: string): (error: unknown) => never {
  return (error) => {
    if (
      error instanceof TributaryError &&
      ['file-damaged', 'file-missing', 'unknown-name'].includes(error.code) &&
      !('field' in error)
    )
      throw new RequestError(422, `the run ${quoted(run)} cannot be gone on with (${error.code})`, { field: 'run' })
    throw error
  }
}
