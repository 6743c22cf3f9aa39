import { type Dataset, domainOfItem, Part, type Split, TributaryError, unknownName } from '../../core/index.ts'
import { parseSplitName } from './name.ts'

/** Which domain is learned for and which ones are learned from, by index; sources ascending. */
export interface CrossDomainRoles {
  readonly target: number
  readonly sources: readonly number[]
}

export const CROSS_DOMAIN = 'cross-domain'
const PREFIX = `${CROSS_DOMAIN}:`
export const CROSS_DOMAIN_USAGE = `${PREFIX}TARGET or ${PREFIX}SOURCE+SOURCE:TARGET`

/**
 * The roles of a split made by `cross-domain:…`.
 * @throws TributaryError `bad-argument` for another split, `unknown-name` for an unknown domain
 */
export function crossDomainRoles(
  dataset: Pick<Dataset, 'name' | 'domains'>,
  split: Pick<Split, 'name'>,
): CrossDomainRoles {
  const { rule, parameters } = parseSplitName(split.name)
  if (rule !== CROSS_DOMAIN || parameters === undefined) {
    const message =
      `the split '${split.name}' has no target and no sources; split '${dataset.name}' by (--split-by) ${CROSS_DOMAIN_USAGE} ` +
      `(its domains: ${dataset.domains.join(', ')})`
    throw new TributaryError('bad-argument', message)
  }
  return parseRoles(dataset, parameters).roles
}

/**
 * Rows of users with at least one row in the target and one in a source; all other rows are unused. Of such a user's target
 * rows the last is test, the one before it valid, the rest train; fewer than three all train. Source rows train where they are
 * strictly earlier than the user's valid row (in time, or in sequence where the log has no times), so that no model sees what
 * the user did elsewhere after the moment it is asked about. Where ties train, source rows of that very moment do, too: on
 * times as coarse as days or periods, a strict cut may leave little.
 *
 * Chen et al., WWW 2023 (BIAO), section 5.1, with the users of short target histories kept for training.
 * @throws TributaryError `unknown-name` for an unknown domain; `bad-argument` for roles that contradict each other, a source
 * without shared users or without a row before the cut, or a target in which nobody has three rows
 */
export function crossDomainParts(dataset: Dataset, text: string, tiesTrain = false): Uint8Array {
  const { roles, named } = parseRoles(dataset, text)
  const { log, domains } = dataset
  const isSource = domains.map((_, d) => roles.sources.includes(d))
  const part = new Uint8Array(log.length).fill(Part.unused)
  const shared = domains.map(() => 0)
  const trained = domains.map(() => 0)
  let asked = 0
  const targetRows: number[] = []
  const sourceRows: number[] = []
  for (let user = 0; user + 1 < log.userStart.length; user++) {
    targetRows.length = 0
    sourceRows.length = 0
    for (let row = log.userStart[user]; row < log.userStart[user + 1]; row++) {
      const domain = domainOfItem(dataset, log.item[row])
      if (domain === roles.target) targetRows.push(row)
      else if (isSource[domain]) sourceRows.push(row)
    }
    if (targetRows.length === 0 || sourceRows.length === 0) continue
    const present = new Set(sourceRows.map((row) => domainOfItem(dataset, log.item[row])))
    for (const domain of present) shared[domain]++
    for (const row of targetRows) part[row] = Part.train
    const valid = targetRows.length < 3 ? undefined : targetRows.at(-2)!
    if (valid !== undefined) {
      asked++
      part[valid] = Part.valid
      part[targetRows.at(-1)!] = Part.test
    }
    const moment = (row: number) => (log.timestamp === undefined ? row : log.timestamp[row])
    for (const row of sourceRows) {
      if (valid !== undefined && moment(row) >= moment(valid) && !(tiesTrain && moment(row) === moment(valid))) continue
      part[row] = Part.train
      trained[domainOfItem(dataset, log.item[row])]++
    }
  }
  refuseEmpty(dataset, roles, named, { shared, trained, asked })
  return part
}

/** A source that was named must give something; of those that were not, one is enough. */
function refuseEmpty(
  { domains, log }: Dataset,
  { target, sources }: CrossDomainRoles,
  named: boolean,
  counts: { readonly shared: readonly number[]; readonly trained: readonly number[]; readonly asked: number },
): void {
  const lacking = (count: readonly number[]) =>
    named ? sources.filter((d) => count[d] === 0) : sources.every((d) => count[d] === 0) ? sources : []
  const list = (ids: readonly number[]) => ids.map((d) => `'${domains[d]}'`).join(', ')
  const unshared = lacking(counts.shared)
  if (unshared.length > 0) {
    const message = `no user has rows both in the target '${domains[target]}' and in ${list(unshared)}; choose a source that shares users with it`
    throw new TributaryError('bad-argument', message)
  }
  if (counts.asked === 0) {
    const message =
      `no user with rows in a source has 3 rows in the target '${domains[target]}', so there is nothing to validate and test on; ` +
      'choose a target with longer histories'
    throw new TributaryError('bad-argument', message)
  }
  const late = lacking(counts.trained)
  if (late.length > 0) {
    const order = log.timestamp === undefined ? 'in sequence order' : 'in time'
    const message =
      `no row in ${list(late)} stands before its user's validation row in '${domains[target]}' (${order}), so there is ` +
      'nothing to learn from there; leave it out or choose another source'
    throw new TributaryError('bad-argument', message)
  }
}

/** `named`: the sources were listed, not taken to be all other domains. */
function parseRoles(
  { name, domains }: Pick<Dataset, 'name' | 'domains'>,
  text: string,
): { roles: CrossDomainRoles; named: boolean } {
  const [sourceText, targetText] = splitRoles(text, domains)
  const target = domains.indexOf(targetText)
  if (target === -1) throw unknownName('domain', targetText, domains)
  if (sourceText === undefined) {
    const sources = domains.flatMap((_, d) => (d === target ? [] : [d]))
    if (sources.length > 0) return { roles: { target, sources }, named: false }
    const message = `'${targetText}' is the only domain of '${name}', so there is no source; '${CROSS_DOMAIN}' needs two domains`
    throw new TributaryError('bad-argument', message)
  }
  const sources = splitSources(sourceText, domains).map((source) => {
    const id = domains.indexOf(source)
    if (id === -1) throw unknownName('domain', source, domains)
    if (id === target)
      throw new TributaryError('bad-argument', `'${source}' is both source and target; a source is another domain`)
    return id
  })
  const twice = sources.find((id, i) => sources.indexOf(id) !== i)
  if (twice !== undefined)
    throw new TributaryError('bad-argument', `the source '${domains[twice]}' is named twice; name each source once`)
  return { roles: { target, sources: sources.sort((a, b) => a - b) }, named: true }
}

/** Names may hold a colon themselves: the longest known one at the end is the target, else what follows the last colon. */
function splitRoles(text: string, domains: readonly string[]): [string | undefined, string] {
  if (domains.includes(text) || !text.includes(':')) return [undefined, text]
  const ends = domains.filter((name) => text.endsWith(`:${name}`)).sort((a, b) => b.length - a.length)
  const target = ends[0] ?? text.slice(text.lastIndexOf(':') + 1)
  return [text.slice(0, text.length - target.length - 1), target]
}

/** The same for plus signs: the first source is the longest known name that a plus or the end follows. */
function splitSources(text: string, domains: readonly string[]): string[] {
  const starts = domains.filter((name) => `${text}+`.startsWith(`${name}+`)).sort((a, b) => b.length - a.length)
  const first = starts[0] ?? text.split('+', 1)[0]
  return first.length === text.length ? [first] : [first, ...splitSources(text.slice(first.length + 1), domains)]
}
