import { createRoute, z } from '@hono/zod-openapi'
import { specOf, specs, splitUsages } from '../../workbench/specs.ts'
import type { AddRoutes } from '../context.ts'
import { unknown } from '../failure.ts'
import { failure } from '../schema.ts'
import { json } from './answers.ts'

const summary = z
  .object({
    name: z.string(),
    task: z.enum(['ranking', 'ctr', 'rating', 'policy']).openapi({ description: 'What it predicts' }),
    summary: z.string(),
    paper: z.object({ title: z.string(), year: z.int(), venue: z.string() }).optional(),
    plugin: z.string().optional().openapi({ description: 'The file that brought it, of one that is not of Tributary' }),
  })
  .openapi('SpecSummary')

const option = z
  .object({
    name: z.string(),
    type: z.string().openapi({
      description:
        'integer, number, boolean, choice, text, list, object or null; with or between where it may be several',
    }),
    default: z.unknown(),
    description: z.string(),
    range: z.string().openapi({ description: 'What may be given, in words', example: 'an integer of at least 1' }),
    choices: z
      .array(z.unknown())
      .optional()
      .openapi({ description: 'All that may be given, where that can be listed' }),
    bounds: z
      .object({
        atLeast: z.number().optional(),
        above: z.number().optional(),
        atMost: z.number().optional(),
        below: z.number().optional(),
      })
      .optional()
      .openapi({ description: 'Between what a number must lie, where nothing but one number may be given (or none)' }),
    reads: z.enum(['run', 'folder', 'file']).optional().openapi({ description: 'What its value names on the disk' }),
  })
  .openapi('SpecOption')

const spec = summary.extend({ options: z.array(option) }).openapi('Spec')

const list = createRoute({
  method: 'get',
  path: '/specs',
  operationId: 'listSpecs',
  summary: 'The models that can be trained, and how a log can be split',
  responses: {
    200: json(
      z.object({ models: z.array(summary), splits: z.array(z.string()) }),
      'By what they predict, the oldest first',
    ),
  },
})

const read = createRoute({
  method: 'get',
  path: '/specs/{model}',
  operationId: 'getSpec',
  summary: 'One model with its options, as a form has them',
  request: {
    params: z.object({ model: z.string().openapi({ description: 'The name of a model', example: 'sasrec' }) }),
  },
  responses: { 200: json(spec, 'The model'), 422: json(failure, 'The model is unknown') },
})

/** What can be trained: from the models' own declarations. */
export const addSpecs: AddRoutes = (app) => {
  app.openapi(list, (c) => c.json({ models: specs(), splits: splitUsages() }, 200))
  app.openapi(read, (c) => {
    const { model } = c.req.valid('param')
    const names = specs().map(({ name }) => name)
    if (!names.includes(model)) throw unknown('model', model, 'model', names)
    const { options, ...told } = specOf(model)
    return c.json({ ...told, options: options.map(copied) }, 200)
  })
}

function copied({ choices, ...row }: ReturnType<typeof specOf>['options'][number]) {
  return { ...row, ...(choices && { choices: [...choices] }) }
}
