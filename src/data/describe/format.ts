import { listed, shortened } from '../../core/index.ts'
import { type Description, POSITIVE_ABOVE } from './describe.ts'

/** Draws rows under titles; numbers stand to the right. */
export type DrawTable = (
  columns: readonly { readonly title: string; readonly align?: 'right' }[],
  rows: readonly (readonly string[])[],
) => string

const SCREEN = 80
const LONGEST_NAME = 24
/** Pairs of domains that are told where a table of all would not fit. */
const PAIRS = 15

/**
 * Text for a terminal of 80 columns, without a trailing line break. Long names are cut; `Description` has them whole.
 * @param draw knows how wide characters are on a screen; by default each takes one column
 */
export function formatDescription(d: Description, draw: DrawTable = aligned): string {
  const { min, median, mean, max } = d.sequenceLength
  const facts: [string, string][] = [
    ['interactions', count(d.interactions)],
    ['users', count(d.users)],
    ['items', count(d.items)],
    ['density', `${(100 * d.density).toPrecision(3)} %`],
    ['repeated pairs', count(d.repeatedPairs)],
    ['rows a user', `min ${min}, median ${median}, mean ${mean.toFixed(1)}, max ${count(max)}`],
  ]
  if (d.time) {
    const moments = `${count(d.time.moments)} different ${d.time.moments === 1 ? 'time' : 'times'}`
    facts.push(['time', `${day(d.time.first)} to ${day(d.time.last)}, ${moments}`])
  }
  if (d.parts) {
    const parts = Object.entries(d.parts).filter(([, rows]) => rows > 0)
    facts.push(['parts', parts.map(([part, rows]) => `${part} ${count(rows)}`).join(', ')])
  }
  if (d.categories) {
    const { count: kinds, without } = d.categories
    facts.push(['categories', `${count(kinds)}${without > 0 ? `, ${percent(without)} of the items without` : ''}`])
  }
  if (d.values) {
    const { min, mean, max, positive } = d.values
    const [least, most] = [min, max].map((value) => Number(value.toPrecision(4)))
    facts.push([
      'values',
      `min ${least}, mean ${mean.toPrecision(3)}, max ${most}, ${percent(positive)} above ${POSITIVE_ABOVE}`,
    ])
  }
  if (d.userFeatures) facts.push(['user features', listed(d.userFeatures)])
  if (d.itemFeatures) facts.push(['item features', listed(d.itemFeatures)])
  if (d.truth) {
    const { users, items, factors, min, max } = d.truth
    const form = factors === undefined ? `min ${min}, max ${max}` : `factors of width ${factors}`
    facts.push(['truth', `${count(users)} users × ${count(items)} items, ${form}`])
  }
  const width = Math.max(...facts.map(([name]) => name.length))
  const right = (title: string) => ({ title, align: 'right' as const })
  const domains = draw(
    [{ title: 'domain' }, ...['interactions', 'users', 'items', 'rows a user'].map(right)],
    d.domains.map((domain) => [
      short(domain.name),
      count(domain.interactions),
      count(domain.users),
      count(domain.items),
      domain.meanPerUser.toFixed(1),
    ]),
  )
  const spread = d.usersByDomains.flatMap((users, n) => (users > 0 ? [`${n + 1}: ${count(users)}`] : []))
  return [
    [
      shortened(d.name),
      ...facts.map(([name, value]) => filled(`  ${name.padEnd(width)}  `, value.split(' '), ' ')),
    ].join('\n'),
    domains,
    filled('users by number of domains  ', spread, ', '),
    ...(d.domains.length > 1 ? [overlapText(d, draw)] : []),
    ...(d.notes.length > 0 ? [d.notes.map((note) => filled('note: ', note.split(' '), ' ')).join('\n')] : []),
  ].join('\n\n')
}

/** Users of each pair of domains: a square where it fits, else the pairs that share most. */
function overlapText({ domains, overlap }: Description, draw: DrawTable): string {
  const names = domains.map(({ name }) => short(name))
  const rows = overlap.map((row, a) => [names[a], ...row.map(count)])
  const cells = names.map((name, b) => Math.max(name.length, ...rows.map((row) => row[b + 1].length)) + 2)
  const first = Math.max('users in both'.length, ...names.map((name) => name.length))
  if (cells.reduce((sum, width) => sum + width, first) <= SCREEN)
    return draw([{ title: 'users in both' }, ...names.map((title) => ({ title, align: 'right' as const }))], rows)
  const pairs = overlap
    .flatMap((row, a) => row.slice(0, a).map((users, b) => ({ a: b, b: a, users })))
    .sort((x, y) => y.users - x.users || x.a - y.a || x.b - y.b)
  const shown = pairs.slice(0, PAIRS)
  const table = draw(
    [{ title: 'domain' }, { title: 'domain' }, { title: 'users in both', align: 'right' }],
    shown.map(({ a, b, users }) => [names[a], names[b], count(users)]),
  )
  const others = pairs.length - shown.length
  return others === 0 ? table : `${table}\n${count(others)} other pairs share as many or fewer; --json has them all`
}

/** Pieces in lines of the screen, the later ones under the first piece. */
function filled(head: string, pieces: readonly string[], between: string): string {
  const lines: string[] = []
  let line = head
  for (const [i, piece] of pieces.entries()) {
    const next = `${piece}${i < pieces.length - 1 ? between : ''}`
    if (line.length > head.length && line.length + next.trimEnd().length > SCREEN) {
      lines.push(line.trimEnd())
      line = ' '.repeat(head.length)
    }
    line += next
  }
  return [...lines, line].join('\n')
}

const aligned: DrawTable = (columns, rows) => {
  const widths = columns.map(({ title }, c) => Math.max(title.length, ...rows.map((row) => row[c].length)))
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, c) => (columns[c].align === 'right' ? cell.padStart(widths[c]) : cell.padEnd(widths[c])))
      .join('  ')
  return [line(columns.map(({ title }) => title)), ...rows.map(line)].join('\n')
}

function short(name: string): string {
  const characters = [...name.slice(0, 2 * LONGEST_NAME + 2)]
  return characters.length <= LONGEST_NAME ? name : `${characters.slice(0, LONGEST_NAME - 1).join('')}…`
}

function count(n: number): string {
  return n.toLocaleString('en-US')
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)} %`
}

function day(time: string): string {
  return time.split('T', 1)[0]
}
