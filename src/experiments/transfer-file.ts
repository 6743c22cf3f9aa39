import { z } from 'zod'
import { type ByName, byName, TributaryError } from '../core/index.ts'
import { readFileBytes } from '../files/index.ts'
import type { TransferReport } from './report.ts'

/** NaN is null in JSON. */
const figure = z
  .number()
  .nullable()
  .transform((value) => value ?? Number.NaN)

/** Values by names of users' data, of which zod's own record loses those that objects have a meaning for. */
function named<S extends z.ZodType>(inner: S) {
  return z
    .custom<Readonly<Record<string, unknown>>>(
      (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
      'an object was expected',
    )
    .transform((value, context): ByName<z.output<S>> => {
      const entries = Object.entries(value).map(([name, one]) => {
        const parsed = inner.safeParse(one)
        if (parsed.success) return [name, parsed.data] as const
        for (const issue of parsed.error.issues)
          context.addIssue({ code: 'custom', message: issue.message, path: [name, ...issue.path] })
        return [name, one as z.output<S>] as const
      })
      return byName(entries)
    })
}

const finding = z.enum([
  'helped',
  'harmed',
  'no difference',
  'no cases',
  'too few users',
  'under-trained',
  'not judged',
])
const summary = z.object({ mean: figure, low: figure, high: figure, std: figure })
const difference = z.object({
  ...{ mean: figure, low: figure, high: figure, p: figure },
  verdict: finding,
  tests: z.object({ t: figure, wilcoxon: figure }).optional(),
})
const judgment = z.object({
  cases: z.int().min(0),
  users: z.int().min(0),
  model: z.record(z.string(), summary),
  twin: z.record(z.string(), summary),
  difference: z.record(z.string(), difference),
  verdict: finding,
})
const advised = judgment.extend({ advice: z.string() })
const underTrained = z.object({ domains: z.array(z.string()), epochs: z.number(), patience: z.number() })
const run = z.object({ folder: z.string(), seed: z.number(), weights: z.string() })
const side = z.object({ name: z.string(), runs: z.array(run).min(1), underTrained: underTrained.optional() })
const judged = {
  measure: z.string(),
  protocol: z.object({ split: z.string() }).loose(),
  described: z.string(),
  lessIsBetter: z.array(z.string()),
}
const course = named(z.array(z.number().nullable()))

const report = z.object({
  format: z.literal(1),
  dataset: z.object({ name: z.string(), hash: z.string() }),
  split: z.string(),
  metric: z.string(),
  leastUsers: z.number(),
  model: side,
  twin: side,
  ...judged,
  domains: named(advised),
  overall: advised,
  validation: z.object({ ...judged, domains: named(judgment), overall: judgment }),
  fallback: z.object({ domains: z.array(z.string()) }),
  training: z
    .object({
      bestEpoch: z.number(),
      epochs: z.array(z.number()),
      lambda: course.optional(),
      gap: course.optional(),
      gates: named(z.array(z.number())).optional(),
    })
    .optional(),
})

/**
 * Reads a transfer.json whole: what `writeTransfer` wrote, to the last digit.
 * @throws TributaryError `file-missing`; `file-damaged` for what is no report, or one of which something is missing
 */
export async function readTransferReport(path: string): Promise<TransferReport> {
  const text = Buffer.from(await readFileBytes(path)).toString()
  const refuse = (where: string, why: string) =>
    new TributaryError(
      'file-damaged',
      `${path} is no whole report of tributary transfer (${where}: ${why}); make it again`,
    )
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw refuse('the file', 'it is not JSON')
  }
  const parsed = report.safeParse(value)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw refuse(issue.path.join('.') || 'the file', issue.message)
  }
  const { domains, validation, metric } = parsed.data
  for (const [name, { difference }] of domains)
    if (difference[metric] === undefined) throw refuse(`domains.${name}.difference`, `there is no ${metric}`)
  for (const name of domains.keys())
    if (!validation.domains.has(name)) throw refuse('validation.domains', `there is no ${name}`)
  return parsed.data as TransferReport
}
