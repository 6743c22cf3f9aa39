import { MEASURES } from '../evaluation/measures/index.ts'
import { lessIsBetter } from '../metrics/index.ts'
import { groupOf, type Manifest } from '../runs/manifest.ts'
import type { Track } from './series.ts'

/** `stopped` was begun and nobody trains it now; `damaged` cannot be read. */
export type RunStatus = 'training' | 'done' | 'stopped' | 'damaged'

/** A run in a list. */
export interface RunSummary {
  readonly id: string
  /** Of its folder, as a command would name it. */
  readonly path: string
  readonly status: RunStatus
  /** Why it ended, or what is damaged. */
  readonly reason?: string
  /** Milliseconds since 1970. */
  readonly changed: number
  readonly model?: string
  readonly task?: Manifest['task']
  readonly dataset?: { readonly name: string; readonly hash: string }
  readonly split?: string
  readonly seed?: number
  /** That were set. */
  readonly options?: Readonly<Record<string, unknown>>
  /** The same for runs that differ in nothing but their seed. */
  readonly group?: string
  readonly epochs?: {
    /** Trained domain by domain: of all domains together. */
    readonly done: number
    /** How many are allowed; of each domain where they are trained one after the other. */
    readonly of?: number
    /** Whose weights were kept; absent where each domain has its own. */
    readonly best?: number
  }
  /** What its weights are chosen by, on the validation part: at the best epoch. */
  readonly yardstick?: { readonly metric: string; readonly value?: number; readonly lessIsBetter: boolean }
  /** All that was measured at the best epoch; `cases` says of how many. Domain by domain: means over their cases. */
  readonly validation?: Readonly<Record<string, number>>
  /** In how many domains it was trained one after the other; absent where in all at once. */
  readonly domains?: number
  /** Spent in epochs. */
  readonly seconds?: number
  readonly epochsPerMinute?: number
  /** Until the last epoch that is allowed, from `changed` on; it may stop before. */
  readonly secondsLeft?: number
  /** SHA-256 of its weights. */
  readonly weights?: string
  readonly cautions?: readonly string[]
}

/** What the manifest tells of a run. */
export function decided(manifest: Manifest) {
  const { model, task, dataset, split, seed, config, weightsHash } = manifest
  const set = Object.entries(config).flatMap(([name, { value, from }]) => (from === 'set' ? [[name, value]] : []))
  return {
    model,
    task,
    dataset: { name: dataset.name, hash: dataset.hash },
    split,
    seed,
    options: Object.fromEntries(set) as Readonly<Record<string, unknown>>,
    group: groupOf(manifest),
    ...(weightsHash !== undefined && { weights: weightsHash }),
  }
}

/** Whether the manifest alone tells how far a run has come. */
export function isWholeInManifest({ status, result, config }: Manifest): boolean {
  // Versions before gave a model of single domains what its last one was validated by.
  return status === 'done' && result?.validation !== undefined && config.sequences?.value !== 'single'
}

/** How far a run has come and how good it is by now. */
export function progressOf(
  manifest: Manifest,
  tracks: readonly Track[],
  training: boolean,
): Pick<
  RunSummary,
  'epochs' | 'yardstick' | 'validation' | 'domains' | 'seconds' | 'epochsPerMinute' | 'secondsLeft' | 'cautions'
> {
  const { config, result, task } = manifest
  const apart = tracks.some(({ domain }) => domain !== undefined)
  const metric = typeof config.metric?.value === 'string' ? config.metric.value : MEASURES[task].yardstick.name
  const validation = (isWholeInManifest(manifest) ? result?.validation : validationOf(tracks)) ?? {}
  const allowed = config.epochs?.value
  const of = typeof allowed === 'number' ? allowed : tracks[0]?.of
  const done = result?.epochs ?? tracks.reduce((sum, { epochs }) => sum + epochs.length, 0)
  const best = apart ? undefined : (result?.bestEpoch ?? tracks[0]?.best)
  const seconds = result?.seconds ?? tracks.reduce((sum, { seconds }) => sum + (seconds.at(-1) ?? 0), 0)
  const pace = training ? paceOf(tracks.at(-1)) : undefined
  return {
    epochs: { done, ...(of !== undefined && { of }), ...(best !== undefined && { best }) },
    yardstick: {
      metric,
      ...(validation[metric] !== undefined && { value: validation[metric] }),
      lessIsBetter: lessIsBetter(metric),
    },
    validation,
    ...(apart && { domains: tracks.length }),
    seconds,
    ...(pace !== undefined && {
      epochsPerMinute: 60 / pace,
      // How many domains are still to come is not in the run.
      ...(of !== undefined && !apart && { secondsLeft: Math.max(0, of - done) * pace }),
    }),
    ...(result?.cautions && { cautions: result.cautions }),
  }
}

/** At the best epoch; over domains that were trained one after the other, a mean weighted by their cases. */
function validationOf(tracks: readonly Track[]): Record<string, number> | undefined {
  const measured = tracks.flatMap((track) => {
    const place = track.epochs.indexOf(track.best ?? -1)
    const found = new Map<string, number>()
    for (const [name, column] of track.columns)
      if (name.startsWith(VALIDATION) && Number.isFinite(column[place]))
        found.set(name.slice(VALIDATION.length), column[place])
    return found.size === 0 ? [] : [found]
  })
  const [first] = measured
  if (first === undefined) return undefined
  if (measured.length === 1) return Object.fromEntries(first)
  const cases = measured.reduce((sum, found) => sum + (found.get('cases') ?? 0), 0)
  const entries = [...first.keys()].flatMap((name) => {
    if (name === 'cases') return [[name, cases] as const]
    if (cases === 0 || measured.some((found) => !found.has(name))) return []
    return [
      [name, measured.reduce((sum, found) => sum + found.get(name)! * (found.get('cases') ?? 0), 0) / cases] as const,
    ]
  })
  return Object.fromEntries(entries)
}

const VALIDATION = 'validation/'

/** Seconds an epoch, of the last few: the first one also compiles. */
function paceOf(track: Track | undefined): number | undefined {
  if (track === undefined || track.epochs.length === 0) return undefined
  const { seconds } = track
  const last = seconds.length - 1
  const from = Math.max(0, last - 5)
  const pace = last === 0 ? seconds[0] : (seconds[last] - seconds[from]) / (last - from)
  return pace > 0 ? pace : undefined
}
