import { createRoute, z } from '@hono/zod-openapi'
import { TributaryError } from '../../core/index.ts'
import { downsample, type Track } from '../../workbench/index.ts'
import type { AddRoutes } from '../context.ts'
import { failure } from '../schema.ts'
import { json } from './answers.ts'
import { foundRun, workbenchOf } from './runs.ts'

/** Whoever compares more picks some. */
const MOST_RUNS = 200
const MOST_METRICS = 50

/** Given once or several times. */
const several = (most: number) =>
  z
    .union([z.string(), z.array(z.string())])
    .transform((given) => [given].flat())
    .pipe(z.array(z.string()).max(most))

const curve = z
  .object({
    run: z.string(),
    domain: z.string().optional().openapi({ description: 'Where domains were trained one after the other' }),
    metric: z.string(),
    epochs: z.array(z.number()),
    seconds: z.array(z.number()).openapi({ description: 'Of training until the end of each epoch' }),
    values: z.array(z.number()),
    of: z
      .number()
      .openapi({ description: 'How many epochs there are; of these, some are left out where they are many' }),
    best: z.number().optional().openapi({ description: 'The epoch whose weights were kept' }),
  })
  .openapi('Curve')

const read = createRoute({
  method: 'get',
  path: '/series',
  operationId: 'getSeries',
  summary: 'What runs logged epoch by epoch: losses, validation, simulation, trust',
  request: {
    query: z.object({
      run: several(MOST_RUNS).openapi({
        description: `Ids of runs, ${MOST_RUNS} at most`,
        type: 'array',
        items: { type: 'string' },
      }),
      metric: several(MOST_METRICS)
        .optional()
        .openapi({
          description: 'Such as losses/loss or validation/ndcg@10. Not given: the loss and what weights are chosen by',
          type: 'array',
          items: { type: 'string' },
        }),
      points: z.coerce
        .number()
        .int()
        .min(10)
        .max(10_000)
        .default(500)
        .openapi({ description: 'At most so many of a curve; its extremes are among them' }),
    }),
  },
  responses: {
    200: json(
      z.object({
        series: z.array(curve),
        metrics: z.array(z.string()).openapi({ description: 'All that these runs have' }),
        missing: z
          .array(z.object({ run: z.string(), reason: z.string() }))
          .openapi({ description: 'Runs that cannot be read, and what is left out of others' }),
      }),
      'The curves, in the order of the runs and then of the metrics',
    ),
    400: json(failure, 'Too many runs or metrics, or too few points'),
    404: json(failure, 'The server looks at no folders'),
  },
})

export const addSeries: AddRoutes = (app, context) => {
  app.openapi(read, async (c) => {
    const { run: ids, metric: asked, points } = c.req.valid('query')
    const workbench = workbenchOf(context)
    const series: z.infer<typeof curve>[] = []
    const metrics = new Set<string>()
    const missing: { run: string; reason: string }[] = []
    for (const id of new Set(ids))
      try {
        const { summary } = await foundRun(workbench, id)
        const curves = await workbench.runs.curves(id)
        const wanted = asked ?? ['losses/loss', `validation/${summary.yardstick?.metric}`]
        for (const track of curves?.tracks ?? []) {
          for (const name of track.columns.keys()) metrics.add(name)
          for (const metric of wanted) series.push(...curveOf(id, track, metric, points))
        }
        for (const reason of curves?.cautions ?? []) missing.push({ run: id, reason })
      } catch (error) {
        // One that is gone or damaged does not keep the others from being drawn.
        if (!(error instanceof TributaryError)) throw error
        missing.push({ run: id, reason: error.message })
      }
    return c.json({ series, metrics: [...metrics], missing }, 200)
  })
}

function curveOf(run: string, { domain, epochs, seconds, columns, best }: Track, metric: string, points: number) {
  const column = columns.get(metric)
  if (column === undefined) return []
  const known = [...epochs.keys()].filter((place) => Number.isFinite(column[place]))
  const kept = downsample(
    known.map((place) => column[place]),
    points,
    known.findIndex((place) => epochs[place] === best),
  ).map((place) => known[place])
  return [
    {
      run,
      ...(domain !== undefined && { domain }),
      metric,
      epochs: kept.map((place) => epochs[place]),
      seconds: kept.map((place) => seconds[place]),
      values: kept.map((place) => column[place]),
      of: epochs.length,
      ...(best !== undefined && { best }),
    },
  ]
}
