import { z } from 'zod'
import { expecting, fields, flag, name, value } from '../fields.ts'
import { isReward } from '../rewards.ts'
import type { StoredDocument } from '../store/store.ts'

const share = expecting('a number from 0 to 1')
const portion = z.number(share).min(0, share).max(1, share)
const warmth = expecting('a number above 0')
const positive = z.number(warmth).positive(warmth)
const several = (what: string, most: number) => expecting(`a list of 1 to ${most} ${what}`)
const few = expecting('a whole number of at least 1')
const counted = z.int(few).min(1, few)

const rewarded = expecting('TYPE:WINDOW, such as purchase:24h')
const reward = z.string(rewarded).refine(isReward, rewarded)

const metricSchema = fields({
  name: name('the name of a metric'),
  reward: reward.describe('What counts: TYPE:WINDOW[:any|count|value], such as purchase:24h'),
  per: z
    .enum(['user', 'recommendation'], expecting('user or recommendation'))
    .optional()
    .describe('What it is divided by: users who saw the arm, or lists that they got. Not given: user'),
  lessIsBetter: flag().optional().describe('Not given: false'),
})

const guardrailSchema = fields({
  ...metricSchema.shape,
  margin: portion.describe('The largest loss that is borne, as a share of the control: 0.02'),
})

const armSchema = fields({
  name: name('the name of an arm'),
  weight: positive.optional().describe('Its part of the users, beside the weights of the others. Not given: 1'),
  use: z
    .union(
      [fields({ alias: name('an alias') }), fields({ model: name('the name of a model') })],
      expecting('{"alias": name} or {"model": name}'),
    )
    .optional()
    .describe('The model that answers. Not given: as the placement says'),
  placement: name('the name of a placement')
    .optional()
    .describe(
      'The placement by whose settings the lists of the arm are put together. Not given: the one that was asked for',
    ),
})

/** An experiment as it is told. The first arm is the control. */
export const experimentSchema = fields({
  mode: z
    .enum(['ab', 'aa', 'interleave', 'shadow'], expecting('ab, aa, interleave or shadow'))
    .optional()
    .describe('Not given: ab'),
  placement: name('the name of a placement')
    .optional()
    .describe('Where it runs. Not given: wherever lists are asked for'),
  domains: z.array(name('the name of a domain')).min(1).optional().describe('Services it runs in. Not given: all'),
  unit: z
    .enum(['user', 'session'], expecting('user or session'))
    .optional()
    .describe('What is assigned. Not given: user'),
  arms: z
    .array(armSchema, several('arms', 20))
    .min(1, several('arms', 20))
    .max(20, several('arms', 20))
    .describe('The first is the control'),
  coverage: portion.optional().describe('The part of all users who take part. Not given: 1'),
  salt: name('a salt').optional().describe('What users are assigned by. Not given: the name of the experiment'),
  namespace: fields({ name: name('the name of a namespace'), from: portion, to: portion })
    .optional()
    .describe('Experiments of one namespace whose ranges do not overlap never have a user in common'),
  overrides: z
    .record(z.string(), z.string())
    .optional()
    .describe('The arms of testers by their names; they are not counted'),
  metrics: z
    .array(metricSchema, several('metrics', 10))
    .min(1, several('metrics', 10))
    .max(10, several('metrics', 10))
    .describe('What decides, all of them together'),
  guardrails: z.array(guardrailSchema).max(10).optional().describe('What must not get worse'),
  plannedUsers: counted.optional().describe('Users in each arm that the interval is narrowest for. Not given: 5000'),
  minimumDays: counted.optional().describe('Before so many whole days nothing is decided. Not given: 7'),
  effect: value().optional().describe('The difference worth finding, in units of the first metric'),
  forecast: fields({ mean: value(), low: value(), high: value(), source: z.string() })
    .optional()
    .describe('What was expected of the first metric before the start, by `tributary ope`'),
})

export type ExperimentBody = z.output<typeof experimentSchema>
export type Metric = z.output<typeof metricSchema>
export type Guardrail = z.output<typeof guardrailSchema>
export type ArmBody = z.output<typeof armSchema>

/** Weights of the arms from a moment on; who was assigned before keeps his arm. */
export interface Weighing {
  /** Milliseconds since 1970. */
  readonly from: number
  readonly coverage: number
  /** In the order of the arms. */
  readonly weights: readonly number[]
}

const state = fields({
  ...experimentSchema.shape,
  status: z.enum(['draft', 'running', 'stopped']),
  startedAt: z.int().optional(),
  stoppedAt: z.int().optional(),
  weighings: z.array(fields({ from: z.int(), coverage: portion, weights: z.array(positive) })),
})

/** Undefined for what a newer release has written and this one cannot read. */
export function readExperiment({ name, body }: Pick<StoredDocument, 'name' | 'body'>): Experiment | undefined {
  const read = state.safeParse(body)
  return read.success ? { name, ...read.data } : undefined
}

/** As the store has it: what was told, and what became of it. */
export interface Experiment extends ExperimentBody {
  readonly name: string
  readonly status: 'draft' | 'running' | 'stopped'
  /** Milliseconds since 1970. */
  readonly startedAt?: number | undefined
  readonly stoppedAt?: number | undefined
  /** One since the start, and one for each change of weights or coverage after it. */
  readonly weighings: readonly Weighing[]
}
