import { existsSync } from 'node:fs'
import {
  type ByName,
  byName,
  type Dataset,
  domainItems,
  type Query,
  type Scorer,
  TributaryError,
  unknownName,
} from '../core/index.ts'
import { splitTargets } from '../data/index.ts'
import { openTrainedRun, type TrainedRun } from '../runs/open.ts'
import { routed } from './routed.ts'
import { parseRunsByDomain } from './runs-by-domain.ts'

/** Where a user is known from: events of the domain asked for, of others alone, or none. */
export type Known = 'here' | 'elsewhere' | 'nowhere'

/** By the history that a query has, stored or sent. */
export function whereKnown(dataset: Pick<Dataset, 'domainStart'>, { history, domain }: Query): Known {
  if (history.length === 0) return 'nowhere'
  const { start, end } = domainItems(dataset, domain)
  return history.some((item) => item >= start && item < end) ? 'here' : 'elsewhere'
}

/**
 * A scorer that lets others of the same dataset answer for users who have no events in the domain asked for but some elsewhere; all
 * others are the first scorer's, and so are users of whom nothing is known.
 * @param newUsers by domain
 */
export function withNewUsers(dataset: Dataset, main: Scorer, newUsers: ReadonlyMap<number, Scorer>): Scorer {
  return routed(dataset, main, newUsers.values(), (query) =>
    whereKnown(dataset, query) === 'elsewhere' ? newUsers.get(query.domain) : undefined,
  )
}

/** Names of the runs that answer in place of a model, by domain: for all, and for users who are new there and known elsewhere. */
export interface StandIns {
  readonly fallbacks?: ReadonlyMap<string, string> | undefined
  readonly newUsers?: ReadonlyMap<string, string> | undefined
}

/** Which of them answers for a user; empty where the model does. */
export function standIn(
  { fallbacks, newUsers }: StandIns,
  domain: string,
  known: Known,
): { readonly newUsers?: string } | { readonly fallback?: string } {
  const [forNew, forAll] = [known === 'elsewhere' ? newUsers?.get(domain) : undefined, fallbacks?.get(domain)]
  if (forNew !== undefined) return { newUsers: forNew }
  return forAll === undefined ? {} : { fallback: forAll }
}

/** The runs that answer for users who are new in a domain. */
export interface NewUsersRuns {
  readonly runs: ReadonlyMap<number, TrainedRun>
  /** Their folders, by domain. */
  readonly domains: ByName<string>
  dispose(): Promise<void>
}

/**
 * Reads `--new-users`: `none`; `RUN`, for every domain that it brings users to; or `DOMAIN=RUN,…`. A run of a split that makes users new
 * in some domains (`cold-users:…`, `cross-domain:…`) is for these, any other for all.
 * @throws TributaryError `mismatch` for a run of another dataset; `bad-argument` for a domain that its run brings nobody to;
 * `file-missing`, `unknown-name`
 */
export async function openNewUsers(
  { dataset, serving }: TrainedRun,
  which: string,
  threads: number,
): Promise<NewUsersRuns> {
  const runs = new Map<number, TrainedRun>()
  const opened = new Map<string, TrainedRun>()
  const dispose = async () => {
    await Promise.all([...opened.values()].map(({ model }) => model.dispose()))
  }
  const open = async (folder: string) => {
    const run = opened.get(folder) ?? (await openTrainedRun(folder, { threads, dataset, serving }))
    opened.set(folder, run)
    return run
  }
  if (which === 'none') return { runs, domains: byName([]), dispose }
  if (dataset.domains.length < 2) {
    const message = `'${dataset.name}' has one domain, so nobody is known in another; leave out --new-users`
    throw new TributaryError('bad-argument', message)
  }
  try {
    const byDomain = !existsSync(which) && which.includes('=')
    if (byDomain) {
      for (const [domain, folder] of parseRunsByDomain(which, dataset.domains, '--new-users')) {
        const index = dataset.domains.indexOf(domain)
        if (index === -1) throw unknownName('domain', domain, dataset.domains)
        const run = await open(folder)
        if (!targetsOf(run).includes(index)) throw noWayTo(domain, folder, run)
        runs.set(index, run)
      }
    } else {
      const run = await open(which)
      for (const target of targetsOf(run)) runs.set(target, run)
    }
    const domains = [...runs].map(([domain, { run }]) => [dataset.domains[domain], run.folder] as const)
    return { runs, domains: byName(domains), dispose }
  } catch (error) {
    await dispose()
    throw error
  }
}

/** The domains that a run can bring new users to. */
function targetsOf({ dataset, split }: TrainedRun): readonly number[] {
  return splitTargets(dataset, split) ?? [...dataset.domains.keys()]
}

function noWayTo(domain: string, folder: string, run: TrainedRun): TributaryError {
  const { dataset, split, spec } = run
  const known = targetsOf(run).map((target) => dataset.domains[target])
  return new TributaryError(
    'bad-argument',
    `${folder} brings new users to ${known.join(', ')} (it was split by ${split.name}), not to ${domain}; train ${spec.name} with --split-by cold-users:0.2:${domain}`,
  )
}
