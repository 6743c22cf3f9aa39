import { TributaryError } from '../core/index.ts'
import { mean } from '../math/index.ts'
import { MODELS } from '../registry.ts'
import type { TrainedRun } from '../runs/train.ts'
import { rankCorrelation } from './statistics.ts'

/** What several trainings of one model, which differ in their seeds, make of the same behaviors. */
export interface SharedTrust {
  /** Log rows. */
  readonly rows: Int32Array
  /** Means over runs. */
  readonly weights: Float64Array
  readonly scale: number
  /** One a run, in their order. */
  readonly byRun: readonly Float32Array[]
  /** Mean rank correlation of the weights of two runs; NaN for one run. */
  readonly agreement: number
}

export type WeighingRun = Omit<TrainedRun, 'config'>

/**
 * @throws TributaryError `bad-argument` for a model that does not weigh behaviors, `mismatch` for runs that differ in more than
 * their seeds, `bad-dataset` without source behaviors, `not-finite` for a weight that is no number
 */
export async function sharedTrust(runs: readonly WeighingRun[]): Promise<SharedTrust> {
  const [first] = runs
  const able = runs.map(ableOf)
  for (const other of runs.slice(1)) refuseOther(first, other)
  // In turn: each asks for all the threads.
  const found = []
  for (const trust of able) {
    const { signals, scale = 1 } = await trust()
    const { keys, values } = signals.find(({ keys }) => keys.row !== undefined)!
    found.push({ rows: keys.row!, weights: Float32Array.from(values), scale })
  }
  const { rows } = found[0]
  if (rows.length === 0)
    throw new TributaryError(
      'bad-dataset',
      `${first.run.folder} was trained on no source behavior, so there is no weight to show`,
    )
  for (const [r, { weights }] of found.entries()) {
    const bad = weights.findIndex((weight) => !Number.isFinite(weight))
    if (bad < 0) continue
    const message = `the weight that ${runs[r].run.folder} gives log row ${rows[bad]} is ${weights[bad]}; train it again with a smaller learning rate`
    throw new TributaryError('not-finite', message)
  }
  const byRun = found.map(({ weights }) => weights)
  const pairs = byRun.flatMap((a, i) => byRun.slice(i + 1).map((b) => rankCorrelation(a, b)))
  return {
    rows,
    weights: Float64Array.from(rows, (_, b) => mean(byRun.map((weights) => weights[b]))),
    scale: mean(found.map(({ scale }) => scale)),
    byRun,
    agreement: mean(pairs),
  }
}

function ableOf({ run, spec, model }: WeighingRun) {
  const { trust } = model.can ?? {}
  if (trust !== undefined) return trust
  const able = MODELS.filter(({ trusts }) => trusts === 'behavior').map(({ name }) => name)
  const other =
    spec.task === 'ranking'
      ? `; whether its domains help or harm one another is told by: tributary transfer ${run.folder}`
      : ''
  const message = `${run.folder} holds ${spec.name}, which does not weigh single behaviors; explain is for runs of ${able.join(', ')}${other}`
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
