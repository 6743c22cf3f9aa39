import { type Dataset, TributaryError, type Trust, type TrustKey, type TrustSignal } from '../core/index.ts'
import { mean, standardDeviation } from '../math/index.ts'
import type { SharedSignal, SharedTrust, TrustCourse } from './runs.ts'
import { taskName } from './signals.ts'
import { type Extremes, extremes, groups, type Quantiles, quantilesOf } from './statistics.ts'

/** More values, or values of others than domains and experts, are told by quantiles and by both ends; of one user all are. */
const LISTED = 64

/** What a value is about, by names; experts and demonstrations are counted from 1, and `cross` is the task over all domains. */
export type Named = Readonly<Partial<Record<TrustKey, string | number>>>

export interface ExplainedValue {
  readonly about: Named
  readonly value: number
  /** Over runs; NaN for one. */
  readonly std: number
  /** In each epoch that was logged; null where it was not. */
  readonly course?: readonly (number | null)[]
}

/** The mean over all values of one domain, user, … */
export interface ExplainedGroup {
  readonly name: string | number
  readonly values: number
  readonly mean: number
}

export interface ExplainedSignal {
  readonly name: string
  readonly summary: string
  /** The value of what is trusted like the average. */
  readonly neutral?: number
  /** How many values are known, and how many of them are not 0. */
  readonly count: number
  readonly different: number
  readonly mean: number
  readonly quantiles: Quantiles
  /** Mean rank correlation of two runs; NaN for one. */
  readonly agreement: number
  /** Where they are few. */
  readonly values?: readonly ExplainedValue[]
  /** Where they are many: the highest and the lowest means, by what they are about. */
  readonly by?: Readonly<Partial<Record<TrustKey, Extremes<ExplainedGroup>>>>
  /** Where they are many: in each epoch that was logged, the mean and how many values are not 0; null where it was not. */
  readonly course?: { readonly mean: readonly (number | null)[]; readonly different: readonly (number | null)[] }
}

export interface SignalOptions {
  readonly dataset: Dataset
  /** Only what is about this user. */
  readonly user?: number | undefined
  /** The most that stand at each end. */
  readonly k: number
}

/**
 * All signals in words.
 * @throws TributaryError `bad-argument` for a user where nothing is about users, or who is not known
 */
export function explainedSignals({ signals, of, course }: SharedTrust, options: SignalOptions): ExplainedSignal[] {
  const { user, dataset } = options
  if (user === undefined) return signals.map((signal) => explained(signal, places(signal), course, options))
  const about = signals.flatMap((signal) => {
    const found = places(signal).filter((i) => signal.keys.user?.[i] === user || signal.keys.reference?.[i] === user)
    return found.length === 0 ? [] : [explained(signal, found, course, options)]
  })
  if (about.length > 0) return about
  const name = dataset.users.name(user)
  if (of === 'domain' && signals.some(({ keys }) => keys.user !== undefined))
    throw new TributaryError(
      'bad-argument',
      `no source is weighed for user '${name}', who has rows in every domain that the run brings users to, or in none that it brings them from; leave out --user, or name somebody who is new in one`,
    )
  const reason = of === 'domain' ? 'domains are weighed, not users' : 'it was not met in training'
  const message = `nothing is known of how far user '${name}' is trusted, since ${reason}; leave out --user`
  throw new TributaryError('bad-argument', message)
}

/** Of the values that are known. */
function places({ values }: SharedSignal): number[] {
  return [...values.keys()].filter((i) => Number.isFinite(values[i]))
}

function explained(
  { name, summary, neutral, keys, values, byRun, agreement }: SharedSignal,
  found: readonly number[],
  course: TrustCourse | undefined,
  { dataset, user, k }: SignalOptions,
): ExplainedSignal {
  const known = Float64Array.from(found, (i) => values[i])
  const logged = course?.epochs.map(({ trust }) => signalNamed(trust, name))
  const told = {
    ...{ name, summary, ...(neutral !== undefined && { neutral }) },
    ...{ count: known.length, different: known.filter((value) => value !== 0).length },
    ...{ mean: mean(known), quantiles: quantilesOf(known), agreement },
  }
  const columns = Object.entries(keys) as [TrustKey, Int32Array][]
  const few = user !== undefined || columns.every(([key]) => key === 'domain' || key === 'expert')
  if (few && found.length <= LISTED)
    return {
      ...told,
      values: found.map((i) => ({
        about: Object.fromEntries(columns.map(([key, ids]) => [key, nameOf(dataset, key, ids[i])])),
        value: values[i],
        std: standardDeviation(byRun.map((one) => one[i])),
        // Whatever is about the same things stands at the same place in every epoch.
        ...(logged && { course: logged.map((signal) => valueOfEntry(signal, columns, i)) }),
      })),
    }
  const by = columns.flatMap(([key, ids]) => {
    if (key === 'row') return []
    const ranked = [...groups(Int32Array.from(found, (i) => ids[i]))]
      .map(([id, own]) => ({
        name: nameOf(dataset, key, id),
        values: own.length,
        mean: mean(own.map((p) => known[p])),
      }))
      .sort((a, b) => b.mean - a.mean)
    return [[key, extremes(ranked, k, (one) => one)] as const]
  })
  return {
    ...told,
    ...(by.length > 0 && { by: Object.fromEntries(by) }),
    ...(logged && {
      course: {
        mean: logged.map((signal) => orNull(signal && mean(signal.values.filter(Number.isFinite)))),
        different: logged.map((signal) =>
          orNull(signal?.values.filter((value) => value !== 0 && !Number.isNaN(value)).length),
        ),
      },
    }),
  }
}

function valueOfEntry(signal: TrustSignal | undefined, columns: readonly [TrustKey, Int32Array][], i: number) {
  if (signal === undefined) return null
  const at = signal.values.findIndex((_, j) => columns.every(([key, ids]) => signal.keys[key]?.[j] === ids[i]))
  return orNull(signal.values[at])
}

function signalNamed(trust: Trust | undefined, name: string): TrustSignal | undefined {
  return trust?.signals.find((signal) => signal.name === name)
}

function nameOf(dataset: Dataset, key: TrustKey, id: number): string | number {
  if (key === 'domain') return taskName(id, dataset.domains)
  if (key === 'user' || key === 'reference') return dataset.users.name(id)
  if (key === 'item') return dataset.items.name(id)
  return id + 1
}

function orNull(value: number | undefined): number | null {
  return value === undefined || !Number.isFinite(value) ? null : value
}
