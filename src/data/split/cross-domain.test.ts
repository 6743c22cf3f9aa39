import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { DATA_ABSENT, dataFolder } from '../../../test/folders/data-folder.ts'
import { type Dataset, domainOfItem, Part } from '../../core/dataset.ts'
import { buildDataset } from '../build/build.ts'
import { describe as describeLog } from '../describe/describe.ts'
import { accountOfSplit } from './account.ts'
import { crossDomainRoles } from './cross-domain.ts'
import { splitDataset } from './split.ts'

const { train, valid, test, unused } = Part

/** Rows of one user after the other, as `user item time`; the item's first letter is its domain. */
function world(text: string, options: { timed: boolean } = { timed: true }): Dataset {
  const rows = text
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
  return buildDataset('world', {
    user: rows.map(([user]) => user),
    item: rows.map(([, item]) => item),
    domain: rows.map(([, item]) => item[0]),
    ...(options.timed && { timestamp: rows.map(([, , time]) => Number(time)) }),
  })
}

const parts = (dataset: Dataset, name: string) => [...splitDataset(dataset, name).part]

// ann has four target rows, bob one, cat is in no source, dan in no target; m is another domain.
const log = `
  ann s1 1
  ann t1 2
  ann m1 2
  ann t2 3
  ann s2 4
  ann t3 5
  ann s3 5
  ann t4 6
  ann s4 7
  bob t1 1
  bob s1 9
  cat t1 1
  cat t2 2
  cat t3 3
  dan s1 1`

describe('cross-domain', () => {
  it('asks for the last target rows and trains on what came strictly before', () => {
    const ann = [train, train, unused, train, train, valid, unused, test, unused]
    expect(parts(world(log), 'cross-domain:s:t')).toEqual([
      ...ann,
      ...[train, train],
      ...[unused, unused, unused],
      ...[unused],
    ])
  })

  it('trains on source rows of the very moment where ties train', () => {
    const ann = [train, train, unused, train, train, valid, train, test, unused]
    expect(parts(world(log), 'cross-domain,ties=train:s:t').slice(0, ann.length)).toEqual(ann)
    expect(crossDomainRoles(world(log), { name: 'cross-domain,ties=train:s:t' })).toEqual({ target: 2, sources: [1] })
    // Without times no two rows have the same moment.
    const untimed = world(log, { timed: false })
    expect(parts(untimed, 'cross-domain,ties=train:s:t')).toEqual(parts(untimed, 'cross-domain:s:t'))
  })

  it('says what it leaves out and why', () => {
    const account = (text: string, name = 'cross-domain:s:t') =>
      accountOfSplit(world(text), splitDataset(world(text), name))
    expect(account(log)).toEqual({
      rows: { train: 6, valid: 1, test: 1, unused: 7 },
      notes: [
        '4 rows are of users who are not in both the target and a source, and unused',
        'of the 4 source rows of users with a validation row in the target, 2 are left out (50.0 %): 1 stands after that row, 1 has the very time of it; cross-domain,ties=train:… trains on rows of the same time',
      ],
    })
    expect(account(log, 'cross-domain,ties=train:s:t').notes[1]).toMatch(
      /1 is left out \(25.0 %\): 1 stands after that row$/,
    )
    const late = `${log}\n eve t1 1\n eve t2 1\n eve t3 1\n eve s1 1`
    expect(account(late).notes[2]).toBe('1 user of 2 users asked about is left without a source row')
  })

  it('takes all other domains for sources where none is named', () => {
    const dataset = world(log)
    expect(parts(dataset, 'cross-domain:t')[2]).toBe(train)
    expect(parts(dataset, 'cross-domain:s+m:t')).toEqual(parts(dataset, 'cross-domain:t'))
  })

  it('goes by the sequence where there are no times', () => {
    // s1 stands before the valid row t2, whose time it shares.
    const sameDay = 'a s1 1\na t1 1\na t2 1\na s2 1\na t3 1\nb s1 1\nb t1 1'
    expect(parts(world(sameDay), 'cross-domain:t')).toEqual([unused, train, valid, unused, test, train, train])
    expect(parts(world(sameDay, { timed: false }), 'cross-domain:t')).toEqual([
      train,
      train,
      valid,
      unused,
      test,
      train,
      train,
    ])
  })

  it('follows its rules on any log', () => {
    const row = fc.record({ user: fc.nat(3), domain: fc.constantFrom('s', 'm', 't'), time: fc.nat(6) })
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 40 }), fc.boolean(), (rows, timed) => {
        const lines = rows.map(({ user, domain, time }, i) => `u${user} ${domain}${i} ${time}`)
        // A user with whom the split is never refused.
        const dataset = world([...lines, 'v s-v 0', 'v m-v 0', 'v t-a 1', 'v t-b 2', 'v t-c 3'].join('\n'), { timed })
        const { part } = splitDataset(dataset, 'cross-domain:s:t')
        const { log } = dataset
        for (let user = 0; user < dataset.users.size; user++) {
          const own = Array.from(
            { length: log.userStart[user + 1] - log.userStart[user] },
            (_, i) => i + log.userStart[user],
          )
          const inDomain = (name: string) =>
            own.filter((r) => dataset.domains[domainOfItem(dataset, log.item[r])] === name)
          const [target, source] = [inDomain('t'), inDomain('s')]
          expect(inDomain('m').every((r) => part[r] === unused)).toBe(true)
          if (target.length === 0 || source.length === 0) {
            expect(own.every((r) => part[r] === unused)).toBe(true)
            continue
          }
          const last = target.length < 3 ? [] : [valid, test]
          expect(target.map((r) => part[r])).toEqual([...target.slice(last.length).map(() => train), ...last])
          const cut = target.find((r) => part[r] === valid)
          const before = (r: number) => (timed ? log.timestamp![r] < log.timestamp![cut!] : r < cut!)
          expect(source.map((r) => part[r])).toEqual(
            source.map((r) => (cut === undefined || before(r) ? train : unused)),
          )
        }
      }),
    )
  })
})

describe('roles', () => {
  const named = (...domains: string[]) => ({ name: 'shop', domains: domains.sort() })
  const roles = (dataset: { name: string; domains: string[] }, split: string) => {
    const { target, sources } = crossDomainRoles(dataset, { name: split })
    return [sources.map((d) => dataset.domains[d]).join(' & '), dataset.domains[target]]
  }

  it.each([
    ['cross-domain:books', ['dvds & music', 'books']],
    ['cross-domain:music:books', ['music', 'books']],
    ['cross-domain:music+dvds:books', ['dvds & music', 'books']],
  ])('%s', (split, expected) => expect(roles(named('books', 'music', 'dvds'), split)).toEqual(expected))

  it('understands names with plus signs and colons', () => {
    const odd = named('a', 'a+b', 'b', 'c:d', 'd')
    expect(roles(odd, 'cross-domain:c:d')).toEqual(['a & a+b & b & d', 'c:d'])
    expect(roles(odd, 'cross-domain:a+b:c:d')).toEqual(['a+b', 'c:d'])
    expect(roles(odd, 'cross-domain:a+b+d:c:d')).toEqual(['a+b & d', 'c:d'])
    expect(roles(odd, 'cross-domain:b+a:d')).toEqual(['a & b', 'd'])
    expect(roles(odd, 'cross-domain:c:d+a:d')).toEqual(['a & c:d', 'd'])
  })

  it('are only in this split', () => {
    expect(() => crossDomainRoles(named('books', 'music'), { name: 'leave-two-out' })).toThrow(
      "the split 'leave-two-out' has no target and no sources; split 'shop' by (--split-by) cross-domain:TARGET or cross-domain:SOURCE+SOURCE:TARGET (its domains: books, music)",
    )
  })
})

describe('refusals', () => {
  const split = (dataset: Dataset, name: string) => () => splitDataset(dataset, name)
  const books = buildDataset('shop', {
    user: ['a', 'a', 'b'],
    item: ['b1', 'm1', 'd1'],
    domain: ['books', 'music', 'dvds'],
  })

  it.each([
    ['cross-domain', /must say more: cross-domain:TARGET or .* \(the domains of 'shop': books, dvds, music\)/],
    ['cross-domian:books', /unknown split 'cross-domian'; did you mean 'cross-domain'/],
    ['leave-two-out:books', /takes nothing after its name, but 'leave-two-out:books' was given/],
    ['cross-domain:boks', /unknown domain 'boks'; did you mean 'books'/],
    ['cross-domain:musik:books', /unknown domain 'musik'; did you mean 'music'/],
    ['cross-domain:music+dvd:books', /unknown domain 'dvd'; did you mean 'dvds'/],
    ['cross-domain:books:books', /'books' is both source and target/],
    ['cross-domain:music+books:books', /'books' is both source and target/],
    ['cross-domain:music+music:books', /the source 'music' is named twice/],
    ['cross-domain:dvds:books', /no user has rows both in the target 'books' and in 'dvds'/],
    ['cross-domain:music+dvds:books', /no user has rows both in the target 'books' and in 'dvds'/],
    ['cross-domain:dvds', /no user has rows both in the target 'dvds' and in 'books', 'music'/],
    ['cross-domain:books', /no user with rows in a source has 3 rows in the target 'books'/],
  ])('%s', (name, message) => expect(split(books, name)).toThrow(message))

  it('a dataset of one domain', () => {
    const one = buildDataset('one', { user: ['a'], item: ['x'], domain: ['books'] })
    expect(split(one, 'cross-domain:books')).toThrow("'books' is the only domain of 'one', so there is no source")
  })

  it('a source that is empty before the validation rows', () => {
    const late = world('a t1 1\na t2 2\na t3 3\na s1 2\na m1 1')
    expect(split(late, 'cross-domain:s:t')).toThrow(
      "no row in 's' stands before its user's validation row in 't' (in time)",
    )
    expect(split(late, 'cross-domain:s+m:t')).toThrow("no row in 's' stands before")
    expect(parts(late, 'cross-domain:t')).toEqual([train, train, valid, unused, test])
  })
})

const data = dataFolder()
describe.skipIf(data === undefined)(`ciao (${data === undefined ? DATA_ABSENT : 'real logs'})`, () => {
  it('has the published users, ratings and askable users of each pair', async () => {
    const text = async (file: string) => gunzipSync(await readFile(join(data!, 'ciao', file))).toString()
    const names = new Map<string, string>()
    for (const line of (await readFile(join(data!, 'ciao/categories.tsv'), 'utf8')).trim().split('\n')) {
      const [id, name] = line.split('\t')
      names.set(id, name)
    }
    const [header, ...lines] = (await text('ratings.tsv.gz')).trimEnd().split('\n')
    const cells = lines.map((line) => line.split('\t'))
    const at = (column: string) => header.split('\t').indexOf(column)
    const category = at('category')
    const dataset = buildDataset('ciao', {
      user: cells.map((row) => row[at('user')]),
      // 101 items stand in more than one category.
      item: cells.map((row) => `${row[category]}/${row[at('item')]}`),
      domain: cells.map((row) => names.get(row[category])!),
      timestamp: cells.map((row) => Number(row[at('timestamp')])),
    })
    expect(dataset.log.length).toBe(284_086)
    // Some users rated an item twice; each row is a behavior of its own. 37 of the published pairs are two items.
    const pairs = new Set(cells.map((row) => `${row[at('user')]} ${row[at('item')]}`))
    expect(cells.length - pairs.size).toBe(1_436)
    expect(describeLog(dataset).repeatedPairs).toBe(1_399)
    const counts = (source: string, target: string) => {
      const { part } = splitDataset(dataset, `cross-domain:${source}:${target}`)
      const { log } = dataset
      const id = (name: string) => dataset.domains.indexOf(name)
      const users = new Set<number>()
      let [sourceRows, targetRows] = [0, 0]
      // Rows after the cut are unused, but their users take part.
      for (let row = 0; row < log.length; row++) if (part[row] !== unused) users.add(log.user[row])
      for (let row = 0; row < log.length; row++) {
        if (!users.has(log.user[row])) continue
        const domain = domainOfItem(dataset, log.item[row])
        if (domain === id(source)) sourceRows++
        if (domain === id(target)) targetRows++
      }
      const asked = part.filter((p) => p === test).length
      expect(part.filter((p) => p === valid)).toHaveLength(asked)
      return [users.size, sourceRows, targetRows, asked]
    }
    expect(counts('Books', 'DVDs')).toEqual([2_391, 18_614, 29_717, 1_493])
    expect(counts('Books', 'Music')).toEqual([1_726, 13_758, 13_255, 883])
    expect(counts('Books', 'Games')).toEqual([1_409, 10_658, 7_316, 678])
    expect(counts('Books', 'Electronics')).toEqual([955, 8_822, 2_106, 198])
    expect(counts('Music', 'Beauty')).toEqual([1_476, 8_925, 12_842, 846])
    expect(counts('Electronics', 'Beauty')).toEqual([907, 1_996, 8_710, 500])
    expect(counts('DVDs', 'Music')).toEqual([2_373, 27_809, 16_493, 1_197])
  })
})
