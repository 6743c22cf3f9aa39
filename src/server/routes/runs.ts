import { createRoute, z } from '@hono/zod-openapi'
import { quoted, TributaryError } from '../../core/index.ts'
import type { Curves, KnownRun, Workbench } from '../../workbench/index.ts'
import type { AddRoutes, ServerContext } from '../context.ts'
import { RequestError } from '../failure.ts'
import { failure } from '../schema.ts'
import { json } from './answers.ts'

const values = z.record(z.string(), z.unknown()).readonly()
const figures = z.record(z.string(), z.number()).readonly()

const summary = z
  .object({
    id: z.string().openapi({ description: 'The path of its folder below the folder that was given' }),
    path: z.string().openapi({ description: 'Of its folder, as a command would name it' }),
    status: z.enum(['training', 'done', 'stopped', 'damaged']).openapi({
      description: 'stopped: begun, and nobody trains it now; damaged: it cannot be read, the rest is absent',
    }),
    reason: z.string().optional().openapi({ description: 'Why it ended, or what is damaged' }),
    changed: z.number().openapi({ description: 'Milliseconds since 1970' }),
    model: z.string().optional(),
    task: z.enum(['ranking', 'ctr', 'rating', 'policy']).optional(),
    dataset: z.object({ name: z.string(), hash: z.string() }).optional(),
    split: z.string().optional(),
    seed: z.number().optional(),
    options: values.optional().openapi({ description: 'Those that were set' }),
    group: z.string().optional().openapi({ description: 'The same for runs that differ in nothing but their seed' }),
    epochs: z.object({ done: z.number(), of: z.number().optional(), best: z.number().optional() }).optional().openapi({
      description:
        'How many are done (of all domains together, where these are trained one after the other), how many are allowed (then of each domain), and which has the weights',
    }),
    yardstick: z
      .object({ metric: z.string(), value: z.number().optional(), lessIsBetter: z.boolean() })
      .optional()
      .openapi({ description: 'What the weights are chosen by, on the validation part, at the best epoch' }),
    validation: figures.optional().openapi({
      description:
        'All that was measured at the best epoch, `cases` of them; trained domain by domain, means weighted by cases',
    }),
    domains: z.number().optional().openapi({ description: 'In how many domains it was trained one after the other' }),
    seconds: z.number().optional().openapi({ description: 'Spent in epochs' }),
    epochsPerMinute: z.number().optional().openapi({ description: 'Of the last epochs, while it is trained' }),
    secondsLeft: z
      .number()
      .optional()
      .openapi({ description: 'From `changed` to the last epoch that is allowed; it may stop before' }),
    weights: z.string().optional().openapi({ description: 'SHA-256 of the weights file' }),
    cautions: z.array(z.string()).readonly().optional(),
  })
  .openapi('RunSummary')

const list = createRoute({
  method: 'get',
  path: '/runs',
  operationId: 'listRuns',
  summary: 'The runs below the folders that the server looks at; what changes comes on the stream as `runs`',
  responses: {
    200: json(
      z.object({
        folders: z.array(z.string()),
        runs: z.array(summary),
        problems: z
          .array(z.object({ path: z.string(), reason: z.string() }))
          .openapi({ description: 'Folders that cannot be looked into' }),
      }),
      'All of them, whatever was changed last first',
    ),
    404: json(failure, 'The server looks at no folders'),
  },
})

const one = { params: z.object({ run: z.string().openapi({ description: 'The id of a run' }) }) }

const read = createRoute({
  method: 'get',
  path: '/runs/{run}',
  operationId: 'getRun',
  summary: 'All that one run was begun with, and what is in its folder',
  request: one,
  responses: {
    200: json(
      z
        .object({
          summary,
          manifest: values.optional().openapi({ description: 'As manifest.json has it; absent where it is damaged' }),
          files: z.array(z.string()),
          columns: z.array(z.string()).openapi({ description: 'The curves that it has, for GET /v1/series' }),
          cautions: z.array(z.string()).readonly().openapi({ description: 'Of its curves: what is left out' }),
        })
        .openapi('Run'),
      'The run',
    ),
    404: json(failure, 'There is no such run, or the server looks at no folders'),
  },
})

export const addRuns: AddRoutes = (app, context) => {
  app.openapi(list, async (c) => {
    const workbench = workbenchOf(context)
    await workbench.look()
    const runs = [...workbench.runs.all].sort((a, b) => b.changed - a.changed)
    return c.json({ folders: [...workbench.folders], runs, problems: [...workbench.problems] }, 200)
  })
  app.openapi(read, async (c) => {
    const { summary, manifest, files } = await foundRun(workbenchOf(context), c.req.valid('param').run)
    const curves = manifest && (await workbenchOf(context).runs.curves(summary.id).catch(unread))
    const columns = [...new Set(curves?.tracks.flatMap(({ columns }) => [...columns.keys()]))]
    const cautions = curves?.cautions ?? []
    const begun: Readonly<Record<string, unknown>> | undefined = manifest
    return c.json({ summary, manifest: begun, files: [...files].sort(), columns, cautions }, 200)
  })
  tellChanges(context)
}

/** @throws RequestError 404 */
export function workbenchOf({ workbench }: Pick<ServerContext, 'workbench'>): Workbench {
  if (workbench === undefined)
    throw new RequestError(404, 'the server looks at no folders of runs; start it with --runs, or tributary studio')
  return workbench
}

/** Of a run whose metrics cannot be read, the rest is told. */
function unread(error: unknown): Pick<Curves, 'tracks' | 'cautions'> {
  if (!(error instanceof TributaryError)) throw error
  return { tracks: [], cautions: [error.message] }
}

/** @throws RequestError 404 */
export async function foundRun(workbench: Workbench, id: string): Promise<KnownRun> {
  await workbench.look()
  const run = workbench.runs.get(id)
  if (run === undefined) throw new RequestError(404, `there is no run ${quoted(id)}`, { field: 'run' })
  return run
}

/** How often it is seen whether runs have changed, while somebody listens. */
const LOOK_MILLISECONDS = 1_000

function tellChanges({ workbench, stream, onError }: ServerContext): void {
  if (workbench === undefined) return
  workbench.onChange((changes) => stream.tell('runs', changes))
  let resting = 0
  const timer = setInterval(async () => {
    if (resting-- > 0 || !stream.isHeard('runs')) return
    const begun = performance.now()
    await workbench.look().catch((error: unknown) => onError(error, 'runs'))
    // Very many folders are not to take all the time there is.
    resting = Math.floor((4 * (performance.now() - begun)) / LOOK_MILLISECONDS)
  }, LOOK_MILLISECONDS)
  timer.unref()
}
