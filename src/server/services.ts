import { z } from 'zod'
import { cautions } from '../pages/transfer-text.ts'
import { TRAINING } from '../serving/old-runs.ts'
import type { StoredDocument } from '../serving/store/store.ts'
import type { FoundReport, TransferReport } from '../workbench/index.ts'

/** A report that could be read. */
export type WholeReport = FoundReport & { readonly report: TransferReport }

export function isWhole(found: FoundReport): found is WholeReport {
  return found.report !== undefined
}

/** A model that answers, as far as a report may be about it. */
export interface Answering {
  readonly name: string
  readonly weights?: string | undefined
  readonly aliases: readonly string[]
  /** Whether requests that name no model get it. */
  readonly isDefault: boolean
  /** Milliseconds since 1970: since when this server has it. */
  readonly since?: number | undefined
  /** The name of the run that answers in its place, by domain. */
  readonly fallbacks?: ReadonlyMap<string, string> | undefined
}

/** What the store says of a training: no more than this page tells of it. */
const trainingBody = z.object({
  status: z.string(),
  started: z.number(),
  ended: z.number().optional(),
  reason: z.string().optional(),
  run: z.string().optional(),
  verdict: z
    .object({
      passed: z.boolean(),
      metric: z.string(),
      cases: z.number(),
      difference: z.object({ mean: z.number(), low: z.number(), high: z.number() }).optional(),
      domains: z.unknown(),
    })
    .optional()
    .catch(undefined),
})

export type Retraining = ReturnType<typeof retrainingsOf>[number]

/** What was trained again on the events of the store, the last one first. */
export function retrainingsOf(documents: readonly StoredDocument[]) {
  return documents
    .filter(({ name }) => name.startsWith(TRAINING))
    .flatMap(({ name, body }) => {
      const { success, data } = trainingBody.safeParse(body)
      if (!success) return []
      const { run, verdict, ...told } = data
      const domains = Object.entries(verdict?.domains ?? {}).map(([domain, said]) => ({
        domain,
        verdict: String(said),
      }))
      return [
        {
          name: name.slice(TRAINING.length),
          ...told,
          run: run?.split('\\').join('/'),
          ...(verdict && { gate: { ...verdict, domains } }),
        },
      ]
    })
    .sort((a, b) => b.started - a.started)
}

/** The report in a few words, for a list. */
export function summaryOf({ id, path, made, report }: WholeReport, answering: readonly Answering[]) {
  const { model, twin, dataset, split, metric, lessIsBetter, domains } = report
  const served = servedOf(report, answering)
  return {
    ...{ id, path, made, dataset, split, metric, lessIsBetter: lessIsBetter.includes(metric) },
    model: model.name,
    twin: twin.name,
    seeds: model.runs.map(({ seed }) => seed),
    verdicts: [...domains].map(([domain, { verdict }]) => ({ domain, verdict })),
    ...(served && { served: { model: served.name, aliases: [...served.aliases], isDefault: served.isDefault } }),
  }
}

/** The model that answers with the weights that a report is about; the one that requests get who name none, where several do. */
export function servedOf({ model }: TransferReport, answering: readonly Answering[]): Answering | undefined {
  const own = answering.filter(({ weights }) => weights === model.runs[0].weights)
  return own.find(({ isDefault }) => isDefault) ?? own[0]
}

/** The domains that the twin answers now: of a model that is not served, none. */
export function twinsNow(report: TransferReport, answering: readonly Answering[]): string[] {
  const { fallbacks } = servedOf(report, answering) ?? {}
  return [...report.domains.keys()].filter((domain) => fallbacks?.has(domain))
}

/** All of a report, a row a service, and what answers there now. */
export function detailOf(found: WholeReport, answering: readonly Answering[]) {
  const { report } = found
  const { model, twin, validation, fallback, training, overall, described, leastUsers } = report
  const served = servedOf(report, answering)
  return {
    ...summaryOf(found, answering),
    ...{ described, leastUsers, overall },
    sides: { model, twin },
    services: [...report.domains].map(([domain, one]) => {
      const instead = served?.fallbacks?.get(domain)
      return {
        domain,
        ...one,
        validation: validation.domains.get(domain)!,
        /** As `--fallback auto` would have it. */
        fallback: fallback.domains.includes(domain) ? ('twin' as const) : ('model' as const),
        ...(served && {
          answers: {
            ...whoAnswers(report, served, instead),
            ...(served.since !== undefined && { since: served.since }),
          },
        }),
      }
    }),
    validation: { described: validation.described, overall: validation.overall },
    cautions: [...cautions(report)],
    ...(training && {
      training: {
        bestEpoch: training.bestEpoch,
        epochs: training.epochs,
        lambda: columnsOf(training.lambda),
        gap: columnsOf(training.gap),
        gates: columnsOf(training.gates),
      },
    }),
  }
}

/** Whoever answers in place of the model is the twin of the report where its name is the end of the twin's folder; else it is another run. */
function whoAnswers({ twin }: TransferReport, served: Answering, instead: string | undefined) {
  const { name, weights } = served
  if (instead === undefined) return { by: 'model' as const, name, ...(weights !== undefined && { weights }) }
  const [own] = twin.runs
  return `/${own.folder}`.endsWith(`/${instead}`)
    ? { by: 'twin' as const, name: instead, weights: own.weights }
    : { by: 'other' as const, name: instead }
}

function columnsOf<T>(columns: ReadonlyMap<string, readonly T[]> | undefined) {
  return [...(columns ?? [])].map(([name, values]) => ({ name, values }))
}

/**
 * The verdicts over trainings, the first one first: of reports of the same model on data of the same name, and of trainings that the gate
 * let nothing come of.
 */
export function historyOf(
  { id, report }: WholeReport,
  found: readonly WholeReport[],
  retrainings: readonly Retraining[],
) {
  const own = found.filter(
    ({ report: { model, dataset } }) => model.name === report.model.name && dataset.name === report.dataset.name,
  )
  const trainedAs = new Map(
    own.flatMap((one) => {
      const training = retrainings.find(({ run }) => run !== undefined && isRun(one.id, run))
      return training === undefined ? [] : [[one.id, training] as const]
    }),
  )
  const entries = own.map((one) => {
    const training = trainedAs.get(one.id)
    const { domains, validation, fallback, dataset, metric } = one.report
    return {
      id: one.id,
      at: training?.ended ?? one.made,
      isShown: one.id === id,
      isSameData: dataset.hash === report.dataset.hash,
      metric,
      ...(training && { training }),
      services: [...domains].map(([domain, { cases, users, difference, verdict }]) => ({
        ...{ domain, cases, users, verdict, validation: validation.domains.get(domain)!.verdict },
        ...interval(difference[metric]),
        toTwin: fallback.domains.includes(domain),
      })),
    }
  })
  // Whatever was trained by the store is of one line where any of it is.
  const told = new Set([...trainedAs.values()].map(({ name }) => name))
  const others =
    trainedAs.size === 0 ? [] : retrainings.filter(({ name, status }) => !told.has(name) && status !== 'running')
  return [
    ...entries,
    ...others.map((training) => ({
      at: training.ended ?? training.started,
      isShown: false,
      isSameData: false,
      metric: training.gate?.metric ?? report.metric,
      training,
      services: [],
    })),
  ].sort((a, b) => a.at - b.at)
}

function interval({ mean, low, high }: { readonly mean: number; readonly low: number; readonly high: number }) {
  return { mean, low, high }
}

/** Whether a report that lies somewhere is that of a run of the store, which is told from the folder of runs. */
function isRun(id: string, run: string): boolean {
  return id === run || id.endsWith(`/${run}`)
}
