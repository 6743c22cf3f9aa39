import { type Dataset, domainOfItem, Part, type Split } from '../../core/index.ts'
import { COLD_USERS, coldUserRoles } from './cold-users.ts'
import { CROSS_DOMAIN, crossDomainRoles } from './cross-domain.ts'
import { parseSplitName, TIES_TRAIN } from './name.ts'

/** What a split does with the rows of a log, ready for JSON. */
export interface SplitAccount {
  /** Rows by part; together they are the log. */
  readonly rows: { readonly [part in keyof typeof Part]: number }
  /** What is left out or stands elsewhere than one would think, a sentence each. */
  readonly notes: readonly string[]
}

/** Counts what each rule drops and says why: a model can only be as good as the rows that are left to it. */
export function accountOfSplit(dataset: Dataset, split: Split): SplitAccount {
  const rows = { train: 0, valid: 0, test: 0, unused: 0 }
  const names = Object.keys(Part) as (keyof typeof Part)[]
  for (const code of split.part) rows[names[code]]++
  const { rule } = parseSplitName(split.name)
  let notes: string[] = []
  if (rule === CROSS_DOMAIN) notes = crossDomainNotes(dataset, split)
  else if (rule === COLD_USERS) notes = coldUserNotes(dataset, split)
  else if (rule === 'global-time') notes = globalTimeNotes(dataset, split, rows)
  return { rows, notes: [...notes, ...missingParts(rule, rows)] }
}

/** Without rows to validate or test on, what follows has no numbers; this is the place to say why. */
function missingParts(rule: string, { valid, test }: SplitAccount['rows']): string[] {
  const missing = [...(valid === 0 ? ['validate'] : []), ...(test === 0 ? ['test'] : [])].join(' or ')
  if (missing === '') return []
  const reason = rule.startsWith('leave-two-out')
    ? `: ${rule} takes the last two rows of ${rule === 'leave-two-out' ? 'users' : 'users in a domain'} with three or more`
    : ''
  return [`there is no row to ${missing} on${reason}`]
}

function crossDomainNotes(dataset: Dataset, split: Split): string[] {
  const { log } = dataset
  const { sources } = crossDomainRoles(dataset, split)
  const isSource = dataset.domains.map((_, d) => sources.includes(d))
  const moment = (row: number) => (log.timestamp === undefined ? row : log.timestamp[row])
  let [rows, tied, later, asked, without, apart] = [0, 0, 0, 0, 0, 0]
  for (let user = 0; user + 1 < log.userStart.length; user++) {
    const [start, end] = [log.userStart[user], log.userStart[user + 1]]
    const part = split.part.subarray(start, end)
    if (part.every((code) => code === Part.unused)) apart += end - start
    const valid = part.indexOf(Part.valid)
    if (valid === -1) continue
    asked++
    let kept = 0
    for (let row = start; row < end; row++) {
      if (!isSource[domainOfItem(dataset, log.item[row])]) continue
      rows++
      if (split.part[row] === Part.train) kept++
      else if (moment(row) === moment(start + valid)) tied++
      else later++
    }
    if (kept === 0) without++
  }
  const notes: string[] = []
  if (apart > 0)
    notes.push(`${count(apart, 'row is', 'rows are')} of users who are not in both the target and a source, and unused`)
  if (tied + later > 0) {
    const reasons = [
      ...(later > 0 ? [`${count(later, 'stands', 'stand')} after that row`] : []),
      ...(tied > 0 ? [`${count(tied, 'has', 'have')} the very time of it`] : []),
    ]
    notes.push(
      `of the ${count(rows, 'source row', 'source rows')} of users with a validation row in the target, ${count(tied + later, 'is', 'are')} left out ` +
        `(${percent(tied + later, rows)}): ${reasons.join(', ')}` +
        (tied > 0 ? `; ${CROSS_DOMAIN}${TIES_TRAIN}:… trains on rows of the same time` : ''),
    )
  }
  if (without > 0)
    notes.push(
      `${count(without, 'user', 'users')} of ${count(asked, 'user', 'users')} asked about ${without === 1 ? 'is' : 'are'} left without a source row`,
    )
  return notes
}

/** How many users are new where, and what is known of them elsewhere. */
function coldUserNotes(dataset: Dataset, split: Split): string[] {
  const { log, domains } = dataset
  const { targets } = coldUserRoles(dataset, split)
  /** Of each target: who is new, who validates, the training rows of the new, and in which other domains they have none. */
  const of = domains.map(() => ({ cold: 0, valid: 0, known: [] as number[], absent: domains.map(() => 0) }))
  for (let user = 0; user + 1 < log.userStart.length; user++) {
    const [start, end] = [log.userStart[user], log.userStart[user + 1]]
    const held = split.part.subarray(start, end).findIndex((code) => code === Part.valid || code === Part.test)
    if (held === -1) continue
    const target = of[domainOfItem(dataset, log.item[start + held])]
    if (split.part[start + held] === Part.valid) {
      target.valid++
      continue
    }
    target.cold++
    const known = domains.map(() => 0)
    for (let row = start; row < end; row++)
      if (split.part[row] === Part.train) known[domainOfItem(dataset, log.item[row])]++
    target.known.push(known.reduce((sum, rows) => sum + rows, 0))
    for (const [domain, rows] of known.entries()) if (rows === 0) target.absent[domain]++
  }
  return targets.flatMap((t) => {
    const { cold, valid, known, absent } = of[t]
    if (cold + valid === 0) return [`nobody is new in '${domains[t]}'`]
    const validate = `${count(valid, 'other validates', 'others validate')}`
    if (cold === 0) return [`nobody is new in '${domains[t]}', and ${validate} there`]
    const rows = known.toSorted((a, b) => a - b).map((n) => n.toLocaleString('en-US'))
    const without = absent.flatMap((users, d) =>
      d === t || users === 0 ? [] : [`${users.toLocaleString('en-US')} from '${domains[d]}'`],
    )
    return [
      `${count(cold, 'user is', 'users are')} new in '${domains[t]}', and ${validate} there; each new user has ${rows[0]} to ${rows.at(-1)} ` +
        `rows elsewhere, half of them ${rows[rows.length >> 1]} or more` +
        (without.length === 0 ? '' : `; absent are ${without.join(', ')}`),
    ]
  })
}

function globalTimeNotes({ log }: Dataset, split: Split, rows: SplitAccount['rows']): string[] {
  const share = (n: number) => percent(n, log.length)
  const notes = [
    `train ${share(rows.train)}, valid ${share(rows.valid)}, test ${share(rows.test)} of the rows, where 80, 10 and 10 % were aimed at; rows of one time stay together`,
  ]
  const { tiesTrain } = parseSplitName(split.name)
  const first = firstTime(log.timestamp!, split.part, Part.valid)
  const tied = log.timestamp!.reduce((sum, time) => sum + (time === first ? 1 : 0), 0)
  if (!tiesTrain && rows.train < 0.75 * log.length)
    notes.push(
      `${count(tied, 'row has', 'rows have')} the time of the first cut and ${tied === 1 ? 'does' : 'do'} not train; global-time${TIES_TRAIN} trains on them`,
    )
  let [users, untrained] = [0, 0]
  for (let user = 0; user + 1 < log.userStart.length; user++) {
    const part = split.part.subarray(log.userStart[user], log.userStart[user + 1])
    if (!part.includes(Part.test)) continue
    users++
    if (!part.includes(Part.train)) untrained++
  }
  if (untrained > 0)
    notes.push(
      `${count(untrained, 'user', 'users')} of ${count(users, 'user', 'users')} in the test part ${untrained === 1 ? 'has' : 'have'} no row to train on`,
    )
  return notes
}

function firstTime(times: Float64Array, part: Uint8Array, wanted: number): number {
  let first = Number.POSITIVE_INFINITY
  for (let row = 0; row < times.length; row++) if (part[row] === wanted) first = Math.min(first, times[row])
  return first
}

function count(n: number, one: string, many: string): string {
  return `${n.toLocaleString('en-US')} ${n === 1 ? one : many}`
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(1)} %`
}
