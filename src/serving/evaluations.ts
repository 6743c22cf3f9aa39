import { z } from 'zod'
import { expecting, fields, name, time } from './fields.ts'
import { isReward } from './rewards.ts'
import type { JsonObject, Store } from './store/store.ts'

const rewarded = expecting('TYPE:WINDOW, such as purchase:24h')
const warmth = expecting('a number of at least 0')

/** What is asked of the lists of a store. */
export const evaluationSchema = fields({
  policies: z
    .array(
      fields({
        model: name('the name of a model or an alias'),
        temperature: z
          .number(warmth)
          .min(0, warmth)
          .optional()
          .describe('How it draws, 0 is the best first. Not given: as the list was drawn that was answered'),
      }),
    )
    .min(1)
    .max(10)
    .describe('What else could have answered'),
  reward: z
    .string(rewarded)
    .refine(isReward, rewarded)
    .describe('What counts: TYPE:WINDOW[:any|count|value], such as purchase:24h'),
  since: time().optional().describe('Lists from this time on'),
  until: time().optional().describe('Lists before this time'),
  placement: name('the name of a placement').optional().describe('Lists of this place alone'),
  per: z
    .enum(['domain', 'placement'], expecting('domain or placement'))
    .optional()
    .describe('What answers are split by. Not given: domain'),
  level: z
    .enum(['item', 'ranking', 'episode'], expecting('item, ranking or episode'))
    .optional()
    .describe('What is judged as a whole. Not given: lists where any has several places, else items'),
})

export type EvaluationBody = z.output<typeof evaluationSchema>

/** Whoever evaluates beside a server. */
export interface Evaluator {
  /** Begins to evaluate. False where an evaluation is on already. */
  start(name: string, asked: EvaluationBody): boolean
  /** Ends the evaluation that is on. False where it is none of this name. */
  stop(name: string): boolean
}

const PREFIX = 'evaluation-'

/** Those before them are forgotten. */
const MOST_KEPT = 50

/** One evaluation, as a document of the store has it. */
export interface StoredEvaluation extends JsonObject {
  readonly name: string
  readonly status: 'running' | 'done' | 'failed'
  readonly started: number
  readonly ended?: number
  readonly asked: JsonObject
  /** Why it has failed, or what is not supported, in a sentence. */
  readonly reason?: string
  /** As `tributary ope --json`. */
  readonly evaluation?: JsonObject
}

/** The last one first. */
export async function evaluationsOf(store: Pick<Store, 'documents'>): Promise<readonly StoredEvaluation[]> {
  const found = (await store.documents('job')).filter(({ name }) => name.startsWith(PREFIX))
  const told = found.map(({ name, body }) => ({ ...body, name: name.slice(PREFIX.length) }) as StoredEvaluation)
  return told.sort((a, b) => b.started - a.started || (a.name < b.name ? 1 : -1))
}

/** Writes what has become of an evaluation; of those that ended the last are kept. */
export async function putEvaluation(store: Store, { name, ...body }: StoredEvaluation): Promise<void> {
  await store.putDocument('job', `${PREFIX}${name}`, body)
  for (const old of (await evaluationsOf(store)).slice(MOST_KEPT))
    await store.deleteDocument('job', `${PREFIX}${old.name}`)
}
