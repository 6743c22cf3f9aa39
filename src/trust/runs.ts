import { TributaryError, type Trust, type TrustSignal } from '../core/index.ts'
import { mean } from '../math/index.ts'
import { MODELS } from '../registry.ts'
import type { TrainedRun } from '../runs/open.ts'
import { type TrustedEpoch, trustByEpoch } from '../runs/trust-log.ts'
import { rankCorrelation } from './statistics.ts'

export type WeighingRun = Omit<TrainedRun, 'config'>

/** What a model trusted in each epoch of its training. */
export interface TrustCourse {
  /** The epoch whose weights were kept. */
  readonly bestEpoch: number
  readonly epochs: readonly TrustedEpoch[]
}

export interface SharedSignal extends TrustSignal {
  /** Means over runs. */
  readonly values: Float64Array
  /** One a run, in their order. */
  readonly byRun: readonly TrustSignal['values'][]
  /** Mean rank correlation of the values of two runs; NaN for one run. */
  readonly agreement: number
}

/** What several trainings of one model, which differ in their seeds, trust. */
export interface SharedTrust extends Trust {
  readonly signals: readonly SharedSignal[]
  /** Of the first run, where trust is what was logged while training. */
  readonly course?: TrustCourse
}

/**
 * @param user who is asked about, if one is
 * @throws TributaryError `bad-argument` for a model that trusts nothing to different degrees or did not log it, `mismatch` for runs that
 * differ in more than their seeds, `bad-dataset` without source behaviors, `not-finite` for a weight that is no number
 */
export async function sharedTrust(runs: readonly WeighingRun[], user?: number): Promise<SharedTrust> {
  const [first] = runs
  for (const run of runs) refuseUnable(run)
  for (const other of runs.slice(1)) refuseOther(first, other)
  // In turn: each asks for all the threads.
  const found: { trust: Trust; course?: TrustCourse }[] = []
  for (const run of runs) found.push(await trustOf(run, user))
  const [{ trust, course }] = found
  const scales = found.flatMap(({ trust }) => trust.scale ?? [])
  return {
    of: trust.of,
    signals: trust.signals.map((signal, s) => {
      const byRun = found.map(({ trust: { signals } }, r) => {
        const own = signals[s]
        if (own === signal || JSON.stringify(own?.keys) === JSON.stringify(signal.keys)) return own.values
        const message = `${runs[r].run.folder} and ${first.run.folder} logged '${signal.name}' of different things; give one of them`
        throw new TributaryError('mismatch', message)
      })
      const pairs = byRun.flatMap((a, i) => byRun.slice(i + 1).map((b) => rankCorrelation(a, b)))
      const values = Float64Array.from(signal.values, (_, i) => mean(byRun.map((one) => one[i])))
      return { ...signal, values, byRun, agreement: mean(pairs) }
    }),
    ...(scales.length > 0 && { scale: mean(scales) }),
    ...(course && { course }),
  }
}

async function trustOf(
  { run, model, dataset }: WeighingRun,
  user: number | undefined,
): Promise<{ trust: Trust; course?: TrustCourse }> {
  const { folder, manifest } = run
  if (model.can?.trust !== undefined) {
    const trust = await model.can.trust(user)
    for (const signal of trust.signals) refuseUnsound(folder, signal)
    return { trust }
  }
  const bestEpoch = manifest.result?.bestEpoch ?? 0
  const epochs = trustByEpoch(await run.readMetrics(), dataset.domains)
  const trust = epochs.find(({ epoch }) => epoch === bestEpoch)?.trust
  if (trust !== undefined) return { trust, course: { bestEpoch, epochs } }
  const message = `${folder} logged nothing of what it trusted, since it was trained domain by domain or by an earlier version; train it again`
  throw new TributaryError('bad-argument', message)
}

function refuseUnsound(folder: string, { keys, values }: TrustSignal): void {
  const { row } = keys
  if (row?.length === 0)
    throw new TributaryError(
      'bad-dataset',
      `${folder} was trained on no source behavior, so there is no weight to show`,
    )
  const bad = values.findIndex((weight) => !Number.isFinite(weight))
  if (row === undefined || bad < 0) return
  const message = `the weight that ${folder} gives log row ${row[bad]} is ${values[bad]}; train it again with a smaller learning rate`
  throw new TributaryError('not-finite', message)
}

function refuseUnable({ run, spec, model }: WeighingRun): void {
  if (spec.trusts !== undefined || model.can?.trust !== undefined) return
  const able = MODELS.filter(({ trusts }) => trusts !== undefined).map(({ name }) => name)
  const other =
    spec.task === 'ranking'
      ? `; whether its domains help or harm one another is told by: tributary transfer ${run.folder}`
      : ''
  const message = `${run.folder} holds ${spec.name}, which trusts all that it learns from alike; explain is for runs of ${able.join(', ')}${other}`
  throw new TributaryError('bad-argument', message)
}
function refuseOther({ run: { folder, manifest } }: WeighingRun, { run }: WeighingRun): void {
  const told = ({ model, config, dataset, split }: typeof manifest): Record<string, unknown> => ({
    model,
    dataset: dataset.hash,
    split,
    ...Object.fromEntries(Object.entries(config).map(([name, { value }]) => [name, value])),
  })
  const [ours, theirs] = [told(manifest), told(run.manifest)]
  const different = Object.keys({ ...ours, ...theirs }).find(
    (name) => JSON.stringify(ours[name]) !== JSON.stringify(theirs[name]),
  )
  if (different !== undefined) {
    const value = (of: Record<string, unknown>) => JSON.stringify(of[different])
    const message = `${run.folder} and ${folder} differ in ${different} (${value(theirs)} and ${value(ours)}); runs are averaged that differ in their seed alone`
    throw new TributaryError('mismatch', message)
  }
  if (run.manifest.seed === manifest.seed)
    throw new TributaryError(
      'mismatch',
      `${run.folder} and ${folder} have the same seed ${manifest.seed}, so they are the same training; give runs of different seeds`,
    )
}
