import { parseConfig, TributaryError } from '../core/index.ts'
import { findModel } from '../registry.ts'
import type { Manifest } from '../runs/run.ts'
import type { TrainedRun } from '../runs/train.ts'
import { type Entry, entryOf } from './entry.ts'

/** The twin of models that cannot be trained on one domain at a time themselves. */
const STAND_IN = 'sasrec'

/** What a stand-in takes from the model it is held against, so that their difference is not one of objectives. */
const SHARED_OPTIONS = ['loss', 'samples', 'negatives', 'metric', 'maxLength'] as const

/** A run's model with its options, to train more seeds of. */
export function runEntry(manifest: Manifest): Entry {
  return entryOf(manifest.model, valuesOf(manifest), manifest.model)
}

/**
 * The single-domain twin of a run: what is given, else the same model and options on one domain at a time, else SASRec with
 * the same objective.
 * @param given sequences=single is added
 * @throws TributaryError `bad-argument` for a model that has no single-domain form
 */
export function twinEntry(manifest: Manifest, given?: Entry): Entry {
  if (given !== undefined) return blind(given)
  const spec = findModel(manifest.model)
  if ('sequences' in spec.config.shape)
    return entryOf(spec.name, { ...valuesOf(manifest), sequences: 'single' }, `${spec.name}:sequences=single`)
  const defaults: Readonly<Record<string, unknown>> = parseConfig(findModel(STAND_IN), {}).config
  const shared = SHARED_OPTIONS.flatMap((name) => {
    const value = manifest.config[name]?.value
    return value === undefined || value === defaults[name] ? [] : [[name, value] as const]
  })
  return entryOf(STAND_IN, { sequences: 'single', ...Object.fromEntries(shared) })
}

function blind(given: Entry): Entry {
  const { spec, overrides, config, label } = given
  if (!('sequences' in config))
    throw new TributaryError(
      'bad-argument',
      `${spec.name} cannot be trained on one domain at a time (it has no option sequences); choose a model that can, such as ${STAND_IN}`,
    )
  if (overrides.sequences === undefined)
    return entryOf(spec.name, { ...overrides, sequences: 'single' }, `${label}:sequences=single`)
  if (config.sequences === 'single') return given
  throw new TributaryError('bad-argument', `--twin ${label} sees all domains; a twin has sequences=single`)
}

/** Whether `first` is the same model as `other`, only blind to other domains: then a difference is what those did. */
export function isTwin(first: Entry, other: Entry): boolean {
  const { sequences: mine, ...ours } = first.config
  const { sequences: theirs, ...others } = other.config
  return (
    first.spec === other.spec &&
    mine === 'single' &&
    theirs === 'mixed' &&
    JSON.stringify(ours) === JSON.stringify(others)
  )
}

/** Refuses a run that a report cannot be about. */
export function refuseAsModel({ spec, dataset, config }: TrainedRun, folder: string): void {
  if (spec.task === 'policy')
    throw new TributaryError(
      'bad-argument',
      `${folder} holds ${spec.name}, a policy, which learns to act in one domain; transfer is between domains and needs a model that ranks items of several`,
    )
  if (spec.task !== 'ranking')
    throw new TributaryError(
      'bad-argument',
      `${folder} holds ${spec.name}, which does not rank items; transfer needs a model that does`,
    )
  if (dataset.domains.length < 2)
    throw new TributaryError(
      'bad-argument',
      `'${dataset.name}' has one domain, and transfer is between domains; it needs two`,
    )
  if (config.sequences === 'single')
    throw new TributaryError(
      'bad-argument',
      `${folder} is a single-domain twin itself (sequences=single); give the run of a model of all domains`,
    )
}

/** Refuses a run that cannot be the twin of another. */
export function refuseAsTwin(twin: TrainedRun, folder: string, model: TrainedRun): void {
  if (twin.config.sequences !== 'single')
    throw new TributaryError(
      'bad-argument',
      `${folder} is no single-domain twin: ${twin.spec.name} was not trained with sequences=single`,
    )
  const [theirs, ours] = [twin.run.manifest, model.run.manifest]
  if (theirs.dataset.hash !== ours.dataset.hash)
    throw new TributaryError(
      'mismatch',
      `${folder} was trained on another dataset (${theirs.dataset.name}) than ${model.run.folder} (${ours.dataset.name})`,
    )
  if (theirs.split !== ours.split)
    throw new TributaryError(
      'mismatch',
      `${folder} was trained on split ${theirs.split}, ${model.run.folder} on ${ours.split}; they must agree`,
    )
}

/** The options that are not the model's defaults, or were set. */
function valuesOf(manifest: Manifest): Readonly<Record<string, unknown>> {
  const defaults: Readonly<Record<string, unknown>> = parseConfig(findModel(manifest.model), {}).config
  const entries = Object.entries(manifest.config).filter(
    ([name, { value, from }]) => from === 'set' || JSON.stringify(value) !== JSON.stringify(defaults[name]),
  )
  return Object.fromEntries(entries.map(([name, { value }]) => [name, value]))
}
