import { type Dataset, domainOfItem, Part, type Split, TributaryError, unknownName } from '../../core/index.ts'
import { COLD_USERS, COLD_USERS_USAGE, coldUserParts } from './cold-users.ts'
import { CROSS_DOMAIN, CROSS_DOMAIN_USAGE, crossDomainParts } from './cross-domain.ts'
import { parseSplitName, SEED, TIES_TRAIN } from './name.ts'

interface SplitRule {
  readonly name: string
  readonly summary: string
  /** How the name is written out, for rules that are told more after a colon. */
  readonly usage?: string
  /** Whether it cuts in time, so that rows of the very moment of the cut may go either way. */
  readonly ties?: boolean
  /** Whether it draws, so that a seed says what. */
  readonly draws?: boolean
  /** `parameters`: what follows the colon. */
  parts(dataset: Dataset, parameters: string, tiesTrain: boolean, seed?: number): Uint8Array
}

/** How a log becomes training rows and questions. Every rule keeps the sequence order; none looks at an item's name. */
export const SPLITS: readonly SplitRule[] = [
  {
    name: 'leave-two-out',
    summary:
      'per user the last row is test, the one before it valid, all domains in one sequence; users with fewer than 3 rows train only',
    parts: leaveTwoOut,
  },
  {
    name: 'leave-two-out-per-domain',
    summary:
      'per user and domain the last row is test, the one before it valid; groups with fewer than 3 rows train only',
    parts: leaveTwoOutPerDomain,
  },
  {
    name: 'global-time',
    summary:
      'the first 80 % of the rows by time train, the next 10 % are valid, the last 10 % test; no row trains on the future. Rows of one time stay together and go to the later part, or to the earlier one with global-time,ties=train',
    ties: true,
    parts: (dataset, _, tiesTrain) => globalTime(dataset, tiesTrain),
  },
  { name: 'column', summary: "the log's own part column", parts: column },
  {
    name: CROSS_DOMAIN,
    usage: CROSS_DOMAIN_USAGE,
    summary:
      "users with rows in the target and in a source (all other domains where none is named): of each user's target rows the last is test, the one before it valid, fewer than 3 train only; source rows train up to that moment, and of that moment with cross-domain,ties=train:…",
    ties: true,
    parts: crossDomainParts,
  },
  {
    name: COLD_USERS,
    usage: COLD_USERS_USAGE,
    summary:
      'of the users with rows in the target and in another domain a drawn share (0.2 or 20%) is new: all their target rows are test; those of a tenth of the others are valid; every other row trains. Without a target each drawn user is new in one of the domains they know. cold-users,seed=2:… draws others; the default seed is 1',
    draws: true,
    parts: (dataset, parameters, _, seed) => coldUserParts(dataset, parameters, seed),
  },
]

/** Throws `unknown-name` for an unknown split or domain and `bad-argument` when the dataset lacks what the split needs. */
export function splitDataset(dataset: Dataset, name: string): Split {
  const { rule: stem, tiesTrain, seed, parameters } = parseSplitName(name)
  const rule = SPLITS.find((split) => split.name === stem)
  if (rule === undefined) {
    throw unknownName(
      'split',
      stem,
      SPLITS.map((split) => split.name),
    )
  }
  if ((rule.usage === undefined) !== (parameters === undefined)) {
    const message =
      rule.usage === undefined
        ? `the split '${stem}' takes nothing after its name, but '${name}' was given`
        : `the split '${name}' must say more: ${rule.usage} (the domains of '${dataset.name}': ${dataset.domains.join(', ')})`
    throw new TributaryError('bad-argument', message)
  }
  if (tiesTrain && rule.ties !== true) {
    const able = SPLITS.flatMap((split) => (split.ties ? [split.name] : []))
    const message = `the split '${stem}' cuts at no time, so '${TIES_TRAIN}' says nothing; ${able.join(' and ')} take it`
    throw new TributaryError('bad-argument', message)
  }
  if (seed !== undefined && rule.draws !== true) {
    const able = SPLITS.flatMap((split) => (split.draws ? [split.name] : []))
    const message = `the split '${stem}' draws nothing, so '${SEED}${seed}' says nothing; ${able.join(' and ')} takes it`
    throw new TributaryError('bad-argument', message)
  }
  return { name, part: rule.parts(dataset, parameters ?? '', tiesTrain, seed) }
}

/** The file's own parts where it has them. */
export function defaultSplit(dataset: Dataset): string {
  return dataset.log.part === undefined ? 'leave-two-out' : 'column'
}

function leaveTwoOut({ log }: Dataset): Uint8Array {
  const part = new Uint8Array(log.length)
  for (let user = 0; user + 1 < log.userStart.length; user++) {
    const end = log.userStart[user + 1]
    if (end - log.userStart[user] < 3) continue
    part[end - 1] = Part.test
    part[end - 2] = Part.valid
  }
  return part
}

function leaveTwoOutPerDomain(dataset: Dataset): Uint8Array {
  const { log, domains } = dataset
  const part = new Uint8Array(log.length)
  const last = new Int32Array(domains.length)
  const secondLast = new Int32Array(domains.length)
  const count = new Int32Array(domains.length)
  for (let user = 0; user + 1 < log.userStart.length; user++) {
    count.fill(0)
    for (let row = log.userStart[user]; row < log.userStart[user + 1]; row++) {
      const domain = domainOfItem(dataset, log.item[row])
      secondLast[domain] = last[domain]
      last[domain] = row
      count[domain]++
    }
    for (let domain = 0; domain < domains.length; domain++) {
      if (count[domain] < 3) continue
      part[last[domain]] = Part.test
      part[secondLast[domain]] = Part.valid
    }
  }
  return part
}

/**
 * Cuts the log at two moments, so that rows of one moment are never separated: rows before the time of row ⌊.8 n⌋ (in
 * order of time) train, from there to before the time of row ⌊.9 n⌋ they are valid, the rest is test. Where ties train, the
 * rows of a cut's own moment stand before it.
 */
function globalTime({ name, log }: Dataset, tiesTrain: boolean): Uint8Array {
  const times = log.timestamp
  if (times === undefined) {
    throw new TributaryError('bad-argument', `dataset '${name}' has no timestamps, which the split 'global-time' needs`)
  }
  const sorted = times.slice().sort()
  const validFrom = sorted[Math.floor(0.8 * log.length)]
  const testFrom = sorted[Math.floor(0.9 * log.length)]
  const before = (time: number, cut: number) => (tiesTrain ? time <= cut : time < cut)
  if (!(before(sorted[0], validFrom) && validFrom < testFrom && !before(sorted.at(-1)!, testFrom))) {
    const rule = tiesTrain ? `global-time${TIES_TRAIN}` : 'global-time'
    const message = `the timestamps of dataset '${name}' are too coarse for the split '${rule}': a part would be empty; split it otherwise (--split-by)`
    throw new TributaryError('bad-argument', message)
  }
  const part = new Uint8Array(times.length)
  for (let row = 0; row < times.length; row++)
    part[row] = before(times[row], validFrom) ? Part.train : before(times[row], testFrom) ? Part.valid : Part.test
  return part
}

function column({ name, log }: Dataset): Uint8Array {
  if (log.part !== undefined) return log.part
  const message = `dataset '${name}' has no part column, which the split 'column' needs; import it with --part`
  throw new TributaryError('bad-argument', message)
}
