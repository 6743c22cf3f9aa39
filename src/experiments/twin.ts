import { isPolicy, type ModelSpec, parseConfig, TributaryError } from '../core/index.ts'
import { MEASURES } from '../evaluation/measures/index.ts'
import { findModel } from '../registry.ts'
import type { TrainedRun } from '../runs/open.ts'
import { configOfRun, type Manifest } from '../runs/run.ts'
import { type Entry, entryOf } from './entry.ts'

/** The options that make a model blind to other domains than the one asked for, and what each then says: its single-domain form. */
const FORMS: readonly (readonly [option: string, blind: string])[] = [
  ['sequences', 'single'],
  ['source', 'none'],
  ['users', 'single'],
]

function formOf({ config }: ModelSpec) {
  return FORMS.find(([option]) => option in config.shape)
}

/** The twin of models that rank and cannot be trained on one domain at a time themselves. */
const STAND_IN = 'sasrec'

/** What this stand-in takes from the model it is held against, so that their difference is not one of objectives. */
const SHARED_OPTIONS = ['loss', 'samples', 'negatives', 'metric', 'maxLength'] as const

/** A run's model with its options, to train more seeds of. */
export function runEntry(manifest: Manifest): Entry {
  return entryOf(manifest.model, valuesOf(manifest), manifest.model)
}

/**
 * The single-domain twin of a run: what is given, else the single-domain form of the same model with the same options; else that of the
 * model that it is built over (`base`), or SASRec with the same objective where it ranks.
 * @param given made blind where it is not said to be
 * @throws TributaryError `bad-argument` for a model that has no single-domain form
 */
export function twinEntry(manifest: Manifest, given?: Entry): Entry {
  if (given !== undefined) return blindEntry(given)
  const spec = findModel(manifest.model)
  const form = formOf(spec)
  if (form !== undefined) return blindForm(spec.name, valuesOf(manifest), form)
  const base = manifest.config.base?.value
  if (typeof base === 'string') return blindBase(findModel(base), manifest)
  if (!MEASURES[spec.task].ranks) throw formless(spec)
  const defaults: Readonly<Record<string, unknown>> = parseConfig(findModel(STAND_IN), {}).config
  const shared = SHARED_OPTIONS.flatMap((name) => {
    const value = manifest.config[name]?.value
    return value === undefined || value === defaults[name] ? [] : [[name, value] as const]
  })
  return entryOf(STAND_IN, { sequences: 'single', ...Object.fromEntries(shared) })
}

function blindForm(
  model: string,
  overrides: Entry['overrides'],
  [option, blind]: (typeof FORMS)[number],
  label = model,
): Entry {
  return entryOf(model, { ...overrides, [option]: blind }, `${label}:${option}=${blind}`)
}

/** The model that another is built over, with those of its options that it knows. */
function blindBase(base: ModelSpec, manifest: Manifest): Entry {
  const form = formOf(base)
  if (form === undefined) throw formless(base)
  const own = Object.entries(manifest.config).filter(([name, { value }]) => name in base.config.shape && value !== null)
  const defaults: Readonly<Record<string, unknown>> = parseConfig(base, {}).config
  const changed = own.filter(([name, { value }]) => JSON.stringify(value) !== JSON.stringify(defaults[name]))
  return blindForm(base.name, Object.fromEntries(changed.map(([name, { value }]) => [name, value])), form)
}

function formless({ name, task }: ModelSpec): TributaryError {
  const choose = MEASURES[task].ranks ? `; choose a model that can, such as ${STAND_IN}` : ''
  const options = new Intl.ListFormat('en', { type: 'disjunction' }).format(FORMS.map(([option]) => option))
  return new TributaryError(
    'bad-argument',
    `${name} cannot be trained on one domain at a time (it has no option ${options})${choose}`,
  )
}

/** The single-domain form of a model with its options. */
export function blindEntry(given: Entry): Entry {
  const { spec, overrides, config, label } = given
  const form = formOf(spec)
  if (form === undefined) throw formless(spec)
  const [option, blind] = form
  if (overrides[option] === undefined) return blindForm(spec.name, overrides, form, label)
  if (config[option] === blind) return given
  throw new TributaryError('bad-argument', `--twin ${label} sees all domains; a twin has ${option}=${blind}`)
}

/** Whether `first` is the same model as `other`, only blind to other domains: then a difference is what those did. */
export function isTwin(first: Entry, other: Entry): boolean {
  const form = formOf(first.spec)
  if (form === undefined || first.spec !== other.spec) return false
  const [option, blind] = form
  const blinded = { ...other.config, [option]: blind }
  return other.config[option] !== blind && JSON.stringify(first.config) === JSON.stringify(blinded)
}

/** Refuses a run that a report cannot be about. */
export function refuseAsModel({ spec, dataset, config, model }: TrainedRun, folder: string): void {
  if (isPolicy(model))
    throw new TributaryError(
      'bad-argument',
      `${folder} holds ${spec.name}, a policy, which learns to act in one domain; transfer is between domains and needs a model of several`,
    )
  if (dataset.domains.length < 2)
    throw new TributaryError(
      'bad-argument',
      `'${dataset.name}' has one domain, and transfer is between domains; it needs two`,
    )
  const [option, blind] = formOf(spec) ?? []
  if (option !== undefined && config[option] === blind)
    throw new TributaryError(
      'bad-argument',
      `${folder} is a single-domain twin itself (${option}=${blind}); give the run of a model of all domains`,
    )
}

/** Refuses a run that cannot be the twin of another. */
export function refuseAsTwin(twin: TrainedRun, folder: string, model: TrainedRun): void {
  const [option, blind] = formOf(twin.spec) ?? FORMS[0]
  if (twin.config[option] !== blind)
    throw new TributaryError(
      'bad-argument',
      `${folder} is no single-domain twin: ${twin.spec.name} was not trained with ${option}=${blind}`,
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
  const spec = findModel(manifest.model)
  const defaults: Readonly<Record<string, unknown>> = parseConfig(spec, {}).config
  const entries = Object.entries(configOfRun(spec, manifest)).filter(
    ([name, value]) =>
      manifest.config[name]?.from === 'set' || JSON.stringify(value) !== JSON.stringify(defaults[name]),
  )
  return Object.fromEntries(entries)
}
