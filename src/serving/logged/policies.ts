import { type Dataset, type Scorer, TributaryError } from '../../core/index.ts'
import type { DrawPolicy } from '../../evaluation/decide.ts'
import type { ServedModel } from '../models.ts'

/** What records are asked about again. */
export type AskedModel = Pick<ServedModel, 'model' | 'dataset' | 'remembers' | 'policy'>

/** A model and how it would draw, had it answered in place of whoever did. */
export interface TargetPolicy {
  readonly name: string
  readonly model: AskedModel
  /** 0 is the best first. Not given: as the list was drawn that was answered. */
  readonly temperature?: number | undefined
}

/**
 * Reads `RUN` or `RUN:temperature=0.3`.
 * @throws TributaryError `bad-argument`
 */
export function parsePolicy(text: string): { readonly run: string; readonly temperature?: number } {
  const [, run, said] = /^(.+?)(?::temperature=(.*))?$/s.exec(text) ?? []
  const temperature = said === undefined ? undefined : said.trim() === '' ? Number.NaN : Number(said)
  if (run === undefined || (temperature !== undefined && !(temperature >= 0 && Number.isFinite(temperature))))
    throw new TributaryError(
      'bad-argument',
      `cannot read the policy '${text}'; give RUN or RUN:temperature=NUMBER, where 0 is the best first`,
    )
  return temperature === undefined ? { run } : { run, temperature }
}

/** Of how many of the best items a list is drawn where the one that was answered was not drawn. */
const CANDIDATES = 200

export function drawOf({ model, temperature }: Omit<TargetPolicy, 'name'>, logged: DrawPolicy): DrawPolicy {
  if (temperature === 0) return { kind: 'greedy' }
  if (temperature !== undefined) {
    const candidates = 'candidates' in logged ? logged.candidates : CANDIDATES
    return { kind: 'plackett-luce', temperature, candidates }
  }
  // How a policy acts is its own, and no setting of the place where it answers.
  return logged.kind === 'policy' ? (model.policy ?? { kind: 'greedy' }) : logged
}

/** Items as often as they were met, whoever asks. */
export function popularity(dataset: Dataset): TargetPolicy {
  const met = new Float64Array(dataset.items.size)
  for (const item of dataset.log.item) met[item]++
  const scores = Float32Array.from(met, (times) => Math.log(times + 1))
  const model: Scorer = {
    async score(queries, { start, end }) {
      const all = new Float32Array(queries.length * (end - start))
      for (const row of queries.keys()) all.set(scores.subarray(start, end), row * (end - start))
      return all
    },
  }
  return { name: 'popularity', model: { model, dataset }, temperature: 1 }
}
