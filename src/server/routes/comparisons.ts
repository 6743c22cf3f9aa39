import { createRoute, z } from '@hono/zod-openapi'
import { quoted } from '../../core/index.ts'
import { type AskedComparison, readComparison } from '../../workbench/index.ts'
import { bodyReader } from '../body.ts'
import type { AddRoutes, ServerContext } from '../context.ts'
import { RequestError } from '../failure.ts'
import { failure } from '../schema.ts'
import { json, REFUSALS } from './answers.ts'
import { foundRun, workbenchOf } from './runs.ts'

const MOST_RUNS = 100

const written = z
  .object({
    id: z.string().openapi({ description: 'The path of its folder below the folder that was given' }),
    path: z.string(),
    changed: z.number().openapi({ description: 'Milliseconds since 1970' }),
    dataset: z.string(),
    measure: z.string(),
    metric: z.string().openapi({ description: 'What its verdicts are about' }),
    described: z.string().openapi({ description: 'The protocol as a sentence' }),
    models: z.array(z.object({ name: z.string(), seeds: z.array(z.number()).readonly() })).readonly(),
    against: z.string(),
    allUsers: z.number().openapi({ description: 'Who have cases' }),
  })
  .openapi('WrittenComparison')

const shape = {
  id: z.string().openapi({ description: 'The same for the same weights under the same protocol' }),
  runs: z.array(z.string()).readonly(),
  command: z.array(z.string()).readonly().openapi({ description: 'The words of `tributary` that say the same' }),
  status: z.enum(['waiting', 'running', 'done', 'failed']),
  reason: z.string().optional().openapi({ description: 'Why it failed' }),
}
const asked = z.object(shape).openapi('AskedComparison')

const request = z
  .object({
    runs: z.array(z.string()).min(1).max(MOST_RUNS).openapi({
      description: 'Ids. All are held against the first; those equal but for their seed are one model',
    }),
    part: z.enum(['test', 'valid']).optional().openapi({ description: 'Default test' }),
    candidates: z
      .string()
      .regex(/^(full|all|sampled:[1-9]\d{0,5})$/, 'it is full, all or sampled:N')
      .optional()
      .openapi({ description: 'full, all or sampled:N. Default full' }),
    metrics: z
      .array(z.string().regex(/^[a-z][\w@-]{0,30}$/, 'it is the name of a metric'))
      .max(50)
      .optional()
      .openapi({ description: 'Beside those that are always measured' }),
  })
  .strict()
  .openapi('ComparisonRequest')

const list = createRoute({
  method: 'get',
  path: '/comparisons',
  operationId: 'listComparisons',
  summary: 'What compare and quickstart have written below the folders, and what was asked for here',
  responses: {
    200: json(z.object({ written: z.array(written), asked: z.array(asked) }), 'The last ones first'),
    404: json(failure, 'The server looks at no folders'),
  },
})

const one = { params: z.object({ comparison: z.string().openapi({ description: 'The id of a comparison' }) }) }

const read = createRoute({
  method: 'get',
  path: '/comparisons/{comparison}',
  operationId: 'getComparison',
  summary: 'What a comparison came to, or how it goes; on the stream as `comparisons`',
  request: one,
  responses: {
    200: json(
      z
        .object({
          id: shape.id,
          status: shape.status,
          reason: shape.reason,
          command: shape.command.optional(),
          results: z
            .record(z.string(), z.unknown())
            .optional()
            .openapi({ description: 'As `tributary compare --json` printed it, once it is done' }),
        })
        .openapi('Comparison'),
      'The comparison',
    ),
    404: json(failure, 'There is no such comparison'),
  },
})

const start = createRoute({
  method: 'post',
  path: '/comparisons',
  operationId: 'startComparison',
  summary:
    'Evaluates runs alike and holds them against the first, in a process of its own; what is known already is not done again',
  request: { body: { required: true, content: { 'application/json': { schema: request } } } },
  responses: {
    202: json(asked, 'It waits, is on, or was done before'),
    ...REFUSALS,
    404: json(failure, 'There is no such run, or the server compares nothing'),
    409: json(failure, 'A run is not finished'),
  },
})

const stop = createRoute({
  method: 'delete',
  path: '/comparisons/{comparison}',
  operationId: 'stopComparison',
  summary: 'Ends a comparison that was asked for here',
  request: one,
  responses: {
    202: json(z.object({ status: z.literal('stopping') }), 'It will say that it was stopped'),
    404: json(failure, 'There is no such comparison on'),
  },
})

export const addComparisons: AddRoutes = (app, context) => {
  const { comparer, stream } = context
  comparer?.onChange((comparison) => stream.tell('comparisons', comparison))
  const writtenNow = async () => {
    const workbench = workbenchOf(context)
    await workbench.look()
    return await workbench.comparisons.in(workbench.found)
  }
  app.openapi(list, async (c) => c.json({ written: await writtenNow(), asked: comparer?.all ?? [] }, 200))
  app.openapi(read, async (c) => {
    const { comparison: id } = c.req.valid('param')
    const here = comparer?.get(id)
    const found = here === undefined ? (await writtenNow()).find((one) => one.id === id) : undefined
    if (here === undefined && found === undefined)
      throw new RequestError(404, `there is no comparison ${quoted(id)}`, { field: 'comparison' })
    const results = found === undefined ? comparer?.resultsOf(id) : await readComparison(found)
    // The very text: parsed and written again, names that look like numbers would change places.
    const told = JSON.stringify(here === undefined ? { id, status: 'done' } : withoutRuns(here))
    const text = results === undefined ? told : `${told.slice(0, -1)},"results":${results}}`
    return c.body(text, 200, { 'Content-Type': 'application/json' }) as never
  })
  app.post('/comparisons', bodyReader())
  app.openapi(start, async (c) => {
    const { runs: ids, ...protocol } = c.req.valid('json')
    const workbench = workbenchOf(context)
    const runs = []
    for (const id of ids) {
      const { summary } = await foundRun(workbench, id)
      if (summary.status !== 'done')
        throw new RequestError(409, `the run ${quoted(id)} is not finished (${summary.status}); leave it out`, {
          field: 'runs',
        })
      runs.push(summary)
    }
    return c.json(needed(context).ask({ runs, ...protocol }), 202)
  })
  app.openapi(stop, (c) => {
    const { comparison: id } = c.req.valid('param')
    if (!needed(context).stop(id))
      throw new RequestError(404, `there is no comparison ${quoted(id)} that is on`, { field: 'comparison' })
    return c.json({ status: 'stopping' as const }, 202)
  })
}

function withoutRuns({ runs: _, ...told }: AskedComparison) {
  return told
}

function needed({ comparer }: ServerContext) {
  if (comparer === undefined)
    throw new RequestError(404, 'this server compares nothing itself; ask: tributary compare --runs RUN RUN')
  return comparer
}
