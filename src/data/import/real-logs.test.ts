import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, it, describe as suite } from 'vitest'
import { DATA_ABSENT, dataFolder } from '../../../test/folders/data-folder.ts'
import { writeCoat } from '../../../test/worlds/coat-world.ts'
import { type Dataset, domainOfItem, Part } from '../../core/index.ts'
import { candidatesFromFile } from '../batches/candidates.ts'
import { describe } from '../describe/describe.ts'
import { evaluationCases } from '../split/cases.ts'
import { splitDataset } from '../split/split.ts'
import { openDataset } from '../store/store.ts'
import { importDataset } from './import.ts'

const data = dataFolder()
const amazon = join(data ?? '', 'amazon5')

/** user → item, domain, time and part of each row, as the lines of a split file have them. */
function linesByUser(dataset: Dataset, part: Uint8Array): Map<string, string[]> {
  const { log, users, items, domains } = dataset
  const byUser = new Map<string, string[]>()
  for (let row = 0; row < log.length; row++) {
    const user = users.name(log.user[row])
    const item = log.item[row]
    const cells = [
      user,
      items.name(item),
      domains[domainOfItem(dataset, item)],
      log.timestamp![row],
      Object.keys(Part)[part[row]],
    ]
    byUser.set(user, [...(byUser.get(user) ?? []), cells.join('\t')])
  }
  return byUser
}

async function linesOfFile(path: string): Promise<Map<string, string[]>> {
  const [, ...lines] = gunzipSync(await readFile(path))
    .toString()
    .trimEnd()
    .split('\n')
  const byUser = new Map<string, string[]>()
  for (const line of lines) {
    const user = line.slice(0, line.indexOf('\t'))
    byUser.set(user, [...(byUser.get(user) ?? []), line])
  }
  return byUser
}

suite.skipIf(data === undefined)(`amazon5 (${data === undefined ? DATA_ABSENT : 'real logs'})`, () => {
  let folder: string
  let mixed: Dataset
  let perDomain: Dataset
  let filtered: Dataset
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tributary-amazon5-'))
    const open = async (file: string, bounds = {}) => {
      const out = join(folder, file.replaceAll(/\W/g, '-'))
      await importDataset({ reader: 'tsv', files: [join(amazon, file)], out, ...bounds })
      return openDataset(out)
    }
    mixed = await open('splits/mixed.tsv.gz')
    perDomain = await open('splits/per_domain.tsv.gz')
    filtered = await open('interactions.tsv.gz', { minItem: 3, minUser: 5 })
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('has the published statistics', () => {
    const d = describe(mixed)
    expect([d.interactions, d.users, d.items, d.repeatedPairs]).toEqual([31_820, 2_601, 6_978, 2_271])
    expect(Object.fromEntries(d.domains.map(({ name, items }) => [name, items]))).toEqual({
      Books: 2_315,
      Clothing_Shoes_and_Jewelry: 1_502,
      Sports_and_Outdoors: 1_051,
      Toys_and_Games: 1_244,
      Video_Games: 866,
    })
  })

  it('has the published test cases, by domain and by what training has seen', () => {
    const casesByDomain = (dataset: Dataset) => {
      const counts = dataset.domains.map(() => 0)
      for (const { domain } of evaluationCases(dataset, splitDataset(dataset, 'column'), Part.test).queries)
        counts[domain]++
      return counts
    }
    expect(casesByDomain(mixed)).toEqual([595, 694, 490, 468, 354])
    expect(casesByDomain(perDomain)).toEqual([1_006, 933, 610, 666, 501])
    const { log } = mixed
    const { answers, queries } = evaluationCases(mixed, splitDataset(mixed, 'column'), Part.test)
    const seenIn = (...parts: number[]) => {
      const seen = new Set(log.item.filter((_, row) => parts.includes(log.part![row])))
      return answers.filter((answer) => seen.has(answer)).length / answers.length
    }
    expect(seenIn(Part.train)).toBeCloseTo(0.935, 3)
    expect(seenIn(Part.train, Part.valid)).toBeCloseTo(0.967, 3)
    const repeated = answers.filter((answer, k) => queries[k].history.includes(answer)).length
    expect(repeated / answers.length).toBeCloseTo(0.06, 3)
    const withHistory = queries.filter(({ history, domain }) =>
      history.some((item) => domainOfItem(mixed, item) === domain),
    )
    expect(withHistory).toHaveLength(2_007)
  })

  it('filtered and split from the raw log gives the published splits, row by row', async () => {
    for (const [rule, file] of [
      ['leave-two-out', 'mixed'],
      ['leave-two-out-per-domain', 'per_domain'],
    ] as const) {
      const expected = await linesOfFile(join(amazon, `splits/${file}.tsv.gz`))
      const actual = linesByUser(filtered, splitDataset(filtered, rule).part)
      expect(actual.size).toBe(2_601)
      for (const [user, lines] of expected) expect(actual.get(user)).toEqual(lines)
    }
  })

  it('has fixed candidates for every case, none of which the user has touched', async () => {
    const cases = evaluationCases(perDomain, splitDataset(perDomain, 'column'), Part.test)
    const negatives = await candidatesFromFile(
      join(amazon, 'splits/neg100_indomain_per_domain_test.tsv.gz'),
      perDomain,
      cases,
    )
    expect(negatives).toHaveLength(3_716)
    const { log } = perDomain
    for (const [k, drawn] of negatives.entries()) {
      const { user, domain } = cases.queries[k]
      const touched = new Set(log.item.subarray(log.userStart[user!], log.userStart[user! + 1]))
      if (drawn.length !== 100 || drawn.some((item) => touched.has(item) || domainOfItem(perDomain, item) !== domain)) {
        expect.fail(`case ${k} has a wrong candidate`)
      }
    }
  })
})

suite.skipIf(data === undefined)(`ml-latest-small (${data === undefined ? DATA_ABSENT : 'real logs'})`, () => {
  it('is read by the movielens reader', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tributary-movielens-'))
    try {
      const out = join(folder, 'movies')
      const files = [join(data!, 'ml-latest-small/ratings.csv.gz')]
      const report = await importDataset({ reader: 'movielens', files, out })
      // The figures of its readme: 100,836 ratings, 610 users, 9,724 movies with a rating.
      expect([report.rows, report.users, report.items, report.domains]).toEqual([100_836, 610, 9_724, ['movies']])
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  })
})

/** The counts of 1, 2, … 5. */
const ratingsIn = (values: Iterable<number>) => {
  const counts = [0, 0, 0, 0, 0]
  for (const value of values) counts[value - 1]++
  return counts
}

suite.skipIf(data === undefined)(`coat (${data === undefined ? DATA_ABSENT : 'real logs'})`, () => {
  let folder: string
  let coat: Dataset
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tributary-coat-'))
    await writeCoat(join(data!, 'coat'), folder)
    const out = join(folder, 'dataset')
    await importDataset({ reader: 'coat', files: [folder], out })
    coat = await openDataset(out)
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('has 6,960 chosen and 4,640 random ratings of 290 users and 300 items', () => {
    const { log } = coat
    const of = (part: number) => log.value!.filter((_, row) => log.part![row] === part)
    expect([coat.users.size, coat.items.size - 1]).toEqual([290, 300])
    expect(ratingsIn(of(Part.train))).toEqual([1901, 1437, 1717, 1275, 630])
    expect(ratingsIn(of(Part.test))).toEqual([1879, 899, 1002, 641, 219])
    expect([of(Part.train).length, of(Part.test).length]).toEqual([6960, 4640])
  })

  it('pays the completed matrix, of which the anchors are known', () => {
    const truth = coat.truth!
    const rows = Array.from(truth.users, (_, row) => truth.row(row))
    expect(ratingsIn(rows.flatMap((row) => [...row]))).toEqual([12_006, 47_238, 23_287, 4353, 116])
    const best = (values: Iterable<number>) => [...values].sort((a, b) => b - a).slice(0, 30)
    const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0)
    const means = Array.from(truth.items, (_, column) => sum([...truth.column(column)]) / 290)
    expect(30 * (sum(means) / 300)).toBeCloseTo(67, 1)
    expect(sum(best(means))).toBeCloseTo(84.1, 1)
    expect(sum(rows.map((row) => sum(best(row)))) / 290).toBeCloseTo(88.1, 1)
  })

  it('agrees with the random ratings as its publisher’s matrix does', () => {
    const { log } = coat
    const truth = coat.truth!
    const column = new Map([...truth.items].map((item, c) => [item, c]))
    const off = [...log.item.keys()]
      .filter((row) => log.part![row] === Part.test)
      .map((row) => Math.abs(truth.at(log.user[row], column.get(log.item[row])!) - log.value![row]))
    expect(off.reduce((total, value) => total + value, 0) / off.length).toBeCloseTo(0.5, 2)
    expect(off.filter((value) => value === 0).length / off.length).toBeCloseTo(0.52, 2)
  })

  it('tells what users and items are', () => {
    expect(coat.userFeatures!.map(({ name }) => name)).toEqual(['gender', 'age', 'location', 'fashioninterest'])
    for (const feature of [...coat.userFeatures!, ...coat.itemFeatures!]) {
      if (feature.kind !== 'labels') throw new Error(`${feature.name} is no label`)
      // Exactly one label each.
      const entities = coat.userFeatures!.includes(feature) ? 290 : 300
      expect(feature.ids).toHaveLength(entities)
    }
  })
})
