import { z } from 'zod'
import {
  type ListMetric,
  type ModelSpec,
  type PointMetric,
  type RankMetric,
  type Task,
  TributaryError,
  unknownName,
} from './core/index.ts'
import { type Reader, readers } from './data/index.ts'
import { findMetric, METRICS as metrics } from './metrics/index.ts'
import * as models from './models/index.ts'
import { type Control, CONTROLS as controls } from './policies/controls.ts'
import * as policies from './policies/index.ts'

const TASKS: readonly Task[] = ['ranking', 'ctr', 'rating', 'policy']

/** By what they predict; of one kind first those that no paper describes, then the oldest. */
function inOrder(specs: readonly ModelSpec[]): ModelSpec[] {
  const year = ({ paper }: ModelSpec) => paper?.year ?? 0
  return [...specs].sort(
    (a, b) => TASKS.indexOf(a.task) - TASKS.indexOf(b.task) || year(a) - year(b) || (a.name < b.name ? -1 : 1),
  )
}

const specs = inOrder([...Object.values(models), ...Object.values(policies)])

/** Every model and policy: what `models/index.ts` and `policies/index.ts` export, then those of plug-ins. */
export const MODELS: readonly ModelSpec[] = specs

/** Every policy that a simulator's result is held against, rivals first, bounds last. */
export const CONTROLS: readonly Control[] = controls

/** Every file format that can be imported. */
export const READERS: readonly Reader[] = readers

/** Every metric; those with a cut-off stand here with one, and are known with any. */
export const METRICS: readonly (RankMetric | ListMetric | PointMetric)[] = metrics

/** @throws TributaryError `unknown-name`, with the name that was probably meant. */
export function findModel(name: string): ModelSpec {
  const spec = MODELS.find((model) => model.name === name)
  if (spec === undefined) {
    const known = MODELS.map((model) => model.name)
    throw unknownName('model', name, known)
  }
  return spec
}

/** What somebody else's code brings; the default export of a plug-in's file. Policies stand among the models. */
export interface Plugin {
  readonly models?: readonly ModelSpec[]
  readonly readers?: readonly Reader[]
  readonly metrics?: typeof METRICS
}

const calls = z.custom((value) => typeof value === 'function', 'must be a function')
const named = { name: z.string().min(1), summary: z.string() }
const measured = { ...named, higherIsBetter: z.boolean() }
const isObjectSchema = (value: unknown) =>
  z.object({ shape: z.looseObject({}), safeParse: calls }).safeParse(value).success
const shape = z
  .strictObject({
    models: z.array(
      z.object({
        ...named,
        task: z.enum(TASKS),
        config: z.custom(isObjectSchema, 'must be a z.object({ … })'),
        create: calls,
        train: calls,
      }),
    ),
    readers: z.array(z.object({ ...named, source: calls })),
    metrics: z.array(
      z.discriminatedUnion('of', [
        z.object({ ...measured, of: z.literal('rank'), value: calls }),
        z.object({ ...measured, of: z.literal('lists'), k: z.int().min(1), statistic: calls }),
        z.object({ ...measured, of: z.literal('predictions'), value: calls, weighted: calls }),
      ]),
    ),
  })
  .partial()
  .refine((given) => Object.values(given).flat().length > 0, 'brings nothing')

/** By the name of a model, the file of the plug-in that brought it. */
const files = new Map<string, string>()

/**
 * Makes known what a plug-in brings, all of it or nothing, until the process ends: runs, commands and options find it by its name.
 * @param from names the plug-in in errors; of a file, in the manifests of its models' runs, too
 * @throws TributaryError `bad-argument` where it is of another shape, or a name is taken
 */
export function addPlugin(plugin: Plugin, from?: string): void {
  const what = from === undefined ? 'the plug-in' : `the plug-in ${from}`
  const issue = shape.safeParse(plugin).error?.issues[0]
  if (issue !== undefined) {
    const where = issue.path.length === 0 ? '' : `${issue.path.join('.')}: `
    throw new TributaryError(
      'bad-argument',
      `${what} is not { models: […], readers: […], metrics: […] }: ${where}${issue.message}`,
    )
  }
  const news = {
    models: unknownOf('model', specs, plugin.models, what),
    readers: unknownOf('reader', readers, plugin.readers, what),
    metrics: unknownOf('metric', metrics, plugin.metrics, what, (name) => findMetric(name) !== undefined),
  }
  specs.push(...news.models)
  readers.push(...news.readers)
  metrics.push(...news.metrics)
  if (from !== undefined) for (const { name } of news.models) files.set(name, from)
}

/** What is not there yet; the same thing twice is no fault. */
function unknownOf<T extends { readonly name: string }>(
  kind: string,
  known: readonly T[],
  added: readonly T[] = [],
  what: string,
  taken = (name: string) => known.some((other) => other.name === name),
): T[] {
  const news = added.filter((one) => !known.includes(one))
  for (const [place, { name }] of news.entries())
    if (taken(name) || news.slice(0, place).some((other) => other.name === name))
      throw new TributaryError(
        'bad-argument',
        `${what} brings a ${kind} '${name}', and there is one of that name already`,
      )
  return news
}

/** The file of the plug-in that brought a model; undefined for those of Tributary, and where it came from no file. */
export function pluginOf(model: string): string | undefined {
  return files.get(model)
}
