import { dirname, relative, resolve, sep } from 'node:path'
import { z } from 'zod'
import { type ByName, type Dataset, mapValues, TributaryError } from '../core/index.ts'
import { type ByMetric, type Comparison, type Summary, totalCases } from '../evaluation/compare.ts'
import type { Difference, Finding, UnderTrained } from '../evaluation/verdicts.ts'
import { readFileBytes, writeOwnFile } from '../files/index.ts'
import type { Run } from '../runs/run.ts'
import type { TrainingSignals } from '../trust/signals.ts'
import { adviceFor, domainsWith, overallAdvice } from './advice.ts'

/** The report's file in the folder of its run. */
export const TRANSFER_FILE = 'transfer.json'

/** One of the runs that a side's figures are averaged over. */
export interface TransferRun {
  /** From the folder of the report. */
  readonly folder: string
  readonly seed: number
  /** SHA-256 of its weights file. */
  readonly weights: string
}

/** The model of all domains, or its twin. The first run is the one that is served. */
export interface TransferSide {
  /** The model with its options, as in every table. */
  readonly name: string
  readonly runs: readonly TransferRun[]
  /** What it lost, more epochs may give it. */
  readonly underTrained?: UnderTrained
}

export interface Judgment {
  readonly cases: number
  /** Who have them. */
  readonly users: number
  /** `std` is over seeds (NaN for one), `low` to `high` bound 95 % of the bootstrap over users and seeds. */
  readonly model: ByMetric<Summary>
  readonly twin: ByMetric<Summary>
  /** How much the model is above its twin: paired by case, bootstrapped over users and seeds. */
  readonly difference: ByMetric<Difference>
  /** Of the domains together, see `judgeTogether`. */
  readonly verdict: Finding
}

/** Verdicts under one protocol. */
export interface Judged extends Pick<Comparison, 'measure' | 'protocol' | 'described' | 'lessIsBetter'> {
  readonly domains: ByName<Judgment>
  readonly overall: Judgment
}

export type Advised = Judgment & { readonly advice: string }

/** What `transfer --json` prints and transfer.json holds; docs/transfer.md explains it. NaN is null in JSON. */
export interface TransferReport extends Judged {
  readonly format: 1
  readonly dataset: { readonly name: string; readonly hash: string }
  readonly split: string
  /** What verdicts are about. */
  readonly metric: string
  /** How many users a verdict takes. */
  readonly leastUsers: number
  readonly model: TransferSide
  readonly twin: TransferSide
  readonly domains: ByName<Advised>
  readonly overall: Advised
  /** The same on validation cases ranked as the server ranks: what the fallback goes by. */
  readonly validation: Judged
  /** Domains that `--fallback auto` gives to the twin: those that validation calls harmed. */
  readonly fallback: { readonly domains: readonly string[] }
  /** What the model logged of itself while it trained; absent for models that log nothing of the kind. */
  readonly training?: TrainingSignals
}

/** The verdicts of a comparison of a model with its twin, the first of the two. */
export function judge(comparison: Comparison, model: string): Judged {
  const twin = comparison.against
  const judgment = (
    cases: number,
    users: number,
    of: (name: string) => ByMetric<Summary>,
    difference: ByMetric<Difference>,
  ): Judgment => ({
    cases,
    users,
    model: of(model),
    twin: of(twin),
    difference,
    verdict: difference[comparison.metric].verdict,
  })
  const { measure, protocol, described, lessIsBetter } = comparison
  return {
    ...{ measure, protocol, described, lessIsBetter },
    domains: mapValues(comparison.cases, (cases, domain) =>
      judgment(
        cases,
        comparison.users.get(domain)!,
        (name) => comparison.models.get(name)!.domains.get(domain)!,
        comparison.differences.get(model)!.get(domain)!,
      ),
    ),
    overall: judgment(
      totalCases(comparison),
      comparison.allUsers,
      (name) => comparison.models.get(name)!.overall,
      comparison.overallDifferences.get(model)!,
    ),
  }
}

export interface TransferOptions {
  /** Where the report will be, which folders of runs are told from. */
  readonly path: string
  readonly dataset: Dataset
  readonly model: { readonly name: string; readonly runs: readonly Run[] }
  readonly twin: { readonly name: string; readonly runs: readonly Run[] }
  /** The twin first. */
  readonly comparison: Comparison
  /** The same runs on validation cases, among all items of the domain. */
  readonly validation: Comparison
  readonly training?: TrainingSignals | undefined
}

export function transferReport(options: TransferOptions): TransferReport {
  const { path, dataset, model, twin, training } = options
  const sideOf = ({ name, runs }: TransferOptions['model']): TransferSide => ({
    name,
    runs: runs.map((run) => boundRun(path, run)),
    ...underTrainedOf(options.comparison, name),
  })
  const shown = judge(options.comparison, model.name)
  const validation = judge(options.validation, model.name)
  const harmed = domainsWith(validation.domains, 'harmed')
  return {
    format: 1,
    dataset: { name: dataset.name, hash: dataset.hash },
    split: model.runs[0].manifest.split,
    metric: options.comparison.metric,
    leastUsers: options.comparison.leastUsers,
    model: sideOf(model),
    twin: sideOf(twin),
    ...shown,
    domains: mapValues(shown.domains, (one, domain) => ({
      ...one,
      advice: adviceFor(one.verdict, validation.domains.get(domain)!.verdict),
    })),
    overall: { ...shown.overall, advice: overallAdvice(validation.domains) },
    validation,
    fallback: { domains: harmed },
    ...(training !== undefined && { training }),
  }
}

function underTrainedOf({ models }: Comparison, name: string): { underTrained?: UnderTrained } {
  const { underTrained } = models.get(name)!
  return underTrained === undefined ? {} : { underTrained }
}

function boundRun(path: string, { folder, manifest }: Run): TransferRun {
  const { weightsHash, seed } = manifest
  if (weightsHash === undefined)
    throw new TributaryError('mismatch', `${folder} does not say what its weights are; train it again`)
  const from = relative(resolve(dirname(path)), resolve(folder)) || '.'
  return { folder: from.split(sep).join('/'), seed, weights: weightsHash }
}

export async function writeTransfer(path: string, report: TransferReport): Promise<void> {
  await writeOwnFile(path, `${JSON.stringify(report, undefined, 2)}\n`)
}

const side = z.object({
  name: z.string(),
  runs: z.tuple([z.object({ folder: z.string(), weights: z.string() })]).rest(z.unknown()),
})

/** What the fallback needs to know of a report. */
const choice = z.object({
  format: z.literal(1),
  dataset: z.object({ hash: z.string() }),
  model: side,
  twin: side,
  validation: z.object({ protocol: z.object({ split: z.string() }) }),
  fallback: z.object({ domains: z.array(z.string()) }),
  /** Reports from before there was one dealt verdicts from any number of users, and some to other domains. */
  leastUsers: z.number().optional(),
})

export type TransferChoice = Readonly<z.output<typeof choice>>

/**
 * Reads what a report says about which domains the twin should serve.
 * @throws TributaryError `file-missing`; `file-damaged` for what is no report; `mismatch` for one that was not judged on
 * validation cases, or by an earlier version
 */
export async function readTransfer(path: string): Promise<TransferChoice> {
  const text = Buffer.from(await readFileBytes(path)).toString()
  const parsed = choice.safeParse(parseJson(text))
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw new TributaryError(
      'file-damaged',
      `${path} is no report of tributary transfer (${issue.path.join('.') || 'the file'}: ${issue.message}); make it again`,
    )
  }
  const { split } = parsed.data.validation.protocol
  if (split !== 'valid')
    throw new TributaryError(
      'mismatch',
      `${path} judges by ${split} cases, and a choice made on them would spoil the test; make it again with: tributary transfer`,
    )
  if (parsed.data.leastUsers === undefined)
    throw new TributaryError(
      'mismatch',
      `${path} was made by a version that judged by any number of users, which may be one; make it again with: tributary transfer`,
    )
  return parsed.data
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
