import { z } from '@hono/zod-openapi'
import { FALLBACK_RULES } from '../../workbench/index.ts'

const figure = z.number().nullable()
const interval = { mean: figure, low: figure, high: figure }
const finding = z
  .enum(['helped', 'harmed', 'no difference', 'no cases', 'too few users', 'under-trained', 'not judged'])
  .openapi('Finding')
const summary = z.object({ ...interval, std: figure })
const difference = z.object({
  ...interval,
  p: figure,
  verdict: finding,
  tests: z.object({ t: figure, wilcoxon: figure }).optional(),
})
const judgment = z
  .object({
    cases: z.int(),
    users: z.int(),
    model: z.record(z.string(), summary),
    twin: z.record(z.string(), summary),
    difference: z.record(z.string(), difference),
    verdict: finding,
  })
  .openapi('ServiceJudgment')
const side = z.object({
  name: z.string(),
  runs: z.array(z.object({ folder: z.string(), seed: z.int(), weights: z.string() })),
  underTrained: z.object({ domains: z.array(z.string()), epochs: z.int(), patience: z.int() }).optional(),
})
export const shortReport = z
  .object({
    id: z.string().openapi({ description: 'That of the run in its folder' }),
    path: z.string().openapi({ description: 'Of its folder, as a command would name it' }),
    made: z.number().openapi({ description: 'When it was written, milliseconds since 1970' }),
    dataset: z.object({ name: z.string(), hash: z.string() }),
    split: z.string(),
    metric: z.string(),
    lessIsBetter: z.boolean(),
    model: z.string(),
    twin: z.string(),
    seeds: z.array(z.int()),
    verdicts: z.array(z.object({ domain: z.string(), verdict: finding })),
    served: z
      .object({ model: z.string(), aliases: z.array(z.string()), isDefault: z.boolean() })
      .optional()
      .openapi({ description: 'The model of this server that has the weights which the report is about' }),
  })
  .openapi('TransferSummary')
const service = judgment
  .extend({
    domain: z.string(),
    advice: z.string(),
    validation: judgment,
    fallback: z.enum(['model', 'twin']).openapi({ description: 'Who would answer with --fallback auto' }),
    answers: z
      .object({
        by: z.enum(['model', 'twin', 'other']),
        name: z.string(),
        weights: z.string().optional().openapi({ description: 'SHA-256' }),
        since: z.number().optional().openapi({ description: 'Since when this server has it' }),
      })
      .optional()
      .openapi({ description: 'Who answers now; absent where the model is not served here' }),
  })
  .openapi('Service')
const columns = <S extends z.ZodType>(value: S) => z.array(z.object({ name: z.string(), values: z.array(value) }))
const training = z.object({
  name: z.string(),
  status: z.string(),
  started: z.number(),
  ended: z.number().optional(),
  reason: z.string().optional(),
  run: z.string().optional(),
  gate: z
    .object({
      passed: z.boolean(),
      metric: z.string(),
      cases: z.int(),
      difference: z.object({ mean: z.number(), low: z.number(), high: z.number() }).optional(),
      domains: z.array(z.object({ domain: z.string(), verdict: z.string() })),
    })
    .optional(),
})
export const whole = shortReport
  .extend({
    described: z.string(),
    leastUsers: z.int(),
    sides: z.object({ model: side, twin: side }),
    services: z.array(service),
    overall: judgment.extend({ advice: z.string() }),
    validation: z.object({ described: z.string(), overall: judgment }),
    cautions: z.array(z.string()),
    training: z
      .object({
        bestEpoch: z.int(),
        epochs: z.array(z.int()),
        lambda: columns(figure),
        gap: columns(figure),
        gates: columns(z.number()),
      })
      .optional()
      .openapi({ description: 'What the model logged of itself while it trained' }),
    history: z
      .array(
        z.object({
          id: z.string().optional().openapi({ description: 'Of the report; absent where the training has none' }),
          at: z.number().openapi({ description: 'Milliseconds since 1970' }),
          isShown: z.boolean(),
          isSameData: z.boolean(),
          metric: z.string(),
          training: training.optional(),
          services: z.array(
            z.object({
              domain: z.string(),
              cases: z.int(),
              users: z.int(),
              verdict: finding,
              validation: finding,
              ...interval,
              toTwin: z.boolean(),
            }),
          ),
        }),
      )
      .openapi({ description: 'Of this model on data of this name, the first one first' }),
  })
  .openapi('TransferReport')
const changeOn = z.object({
  part: z.string(),
  now: figure,
  would: figure,
  change: z.object(interval),
  cases: z.object({ moved: z.int(), of: z.int() }),
  services: z.array(
    z.object({
      domain: z.string(),
      from: z.enum(['model', 'twin']),
      to: z.enum(['model', 'twin']),
      cases: z.int(),
      users: z.int(),
      ...interval,
    }),
  ),
})
export const dryRun = z
  .object({
    metric: z.string(),
    now: z.array(z.string()).openapi({ description: 'The services that the twin answers now' }),
    rules: z.array(
      z.object({
        rule: z.enum([...FALLBACK_RULES, 'chosen']),
        domains: z.array(z.string()).openapi({ description: 'Those that it would answer' }),
        shown: changeOn,
        validation: changeOn.openapi({ description: 'By the cases that the choice is made on, which flatter it' }),
        requests: z.object({ moved: z.int(), of: z.int(), minutes: z.number() }).optional().openapi({
          description: 'Of all lists that this server made in the last minutes, those of services that change',
        }),
      }),
    ),
  })
  .openapi('FallbackDryRun')

export const exchanged = z
  .object({
    model: z.string(),
    asked: z.int().openapi({ description: 'Users who were drawn' }),
    of: z.int().openapi({ description: 'Users with events in several services' }),
    k: z.int().openapi({ description: 'Length of the lists' }),
    domains: z.array(
      z.object({
        domain: z.string(),
        users: z.int().openapi({ description: 'Whose lists owe anything to their history' }),
        silent: z.int().openapi({ description: 'Whose lists do not' }),
        owed: z.array(
          z.object({
            domain: z.string(),
            ...interval,
            ofEvents: figure.openapi({ description: 'What would be owed if every event counted alike' }),
          }),
        ),
      }),
    ),
  })
  .openapi('Exchange')
