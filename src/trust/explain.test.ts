import { parseHTML } from 'linkedom'
import { describe, expect, it } from 'vitest'
import { type Dataset, type Model, Part, parseConfig, type Trust } from '../core/index.ts'
import { buildDataset, splitDataset } from '../data/index.ts'
import { renderExplainPage } from '../pages/trust.ts'
import { cautions, ends, lengthRange, shown, spread, weighed } from '../pages/trust-text.ts'
import { findModel, MODELS } from '../registry.ts'
import { MetricsFile } from '../runs/metrics.ts'
import { type Manifest, Run } from '../runs/run.ts'
import { type BehaviorExplanation, type ExplainOptions, explain as explainAny } from './explain.ts'
import type { WeighingRun } from './runs.ts'

const HOSTILE = `<img src=x onerror="alert('1')"> & co`
const SPLIT = 'cross-domain:source+second:target'

/**
 * User h of eight has 2 (h + 1) rows in `source`, in turn of the two categories, then a row without category in `second`, then
 * 3 + (h mod 2) rows in the target, of which all but two are trained on. A last user is in the target alone.
 */
const dataset = world()
const split = splitDataset(dataset, SPLIT)

function world(): Dataset {
  const rows: { user: string; item: string; domain: string; category: string; value: number }[] = []
  for (let h = 0; h < 8; h++) {
    const add = (domain: string, item: string, category: string, value: number) =>
      rows.push({ user: `u${h}`, item, domain, category, value })
    for (let i = 0; i < 2 * (h + 1); i++)
      add('source', i % 2 === 0 ? `good ${i}` : `bad ${i}`, i % 2 === 0 ? 'liked' : HOSTILE, 1 + (i % 5))
    add('second', 'odd', '', 4)
    for (let i = 0; i < 3 + (h % 2); i++) add('target', `goal ${i}`, '', 5 - i)
  }
  for (let i = 0; i < 4; i++) rows.push({ user: 'alone', item: `goal ${i}`, domain: 'target', category: '', value: 3 })
  return buildDataset('shop', {
    user: rows.map(({ user }) => user),
    item: rows.map(({ item }) => item),
    domain: rows.map(({ domain }) => domain),
    category: rows.map(({ category }) => category),
    value: rows.map(({ value }) => value),
    timestamp: rows.map((_, i) => 1_600_000_000 + 86_400 * i),
  })
}

const itemOf = (row: number) => dataset.items.name(dataset.log.item[row])
const userOf = (row: number) => Number(dataset.users.name(dataset.log.user[row]).slice(1))
const sourceRows = Int32Array.from(
  [...split.part.keys()].filter((row) => split.part[row] === Part.train && !itemOf(row).startsWith('goal')),
)
/** 1.5 for what is liked, .5 for what is not, 1 for the rest: 1 on average. */
const byKind = (row: number) => (itemOf(row).startsWith('good') ? 1.5 : itemOf(row).startsWith('bad') ? 0.5 : 1)

function weighing(
  weightOf: (row: number) => number = byKind,
  { seed = 1, model = 'biao', rows = sourceRows, config = {} as Manifest['config'], scale = 1 } = {},
): WeighingRun {
  const weight = { name: 'weight', summary: 'what it counts', neutral: 1, keys: { row: rows } }
  const trust: Trust = { of: 'behavior', signals: [{ ...weight, values: Float32Array.from(rows, weightOf) }], scale }
  return {
    run: new Run(
      `runs/${model}-${seed}`,
      {
        format: 1,
        model,
        task: 'ctr',
        config,
        dataset: { name: 'shop', path: 'shop', hash: dataset.hash },
        split: SPLIT,
        seed,
        threads: 1,
        versions: { tributary: '0', node: '0', onnxruntime: '0' },
        status: 'done',
      },
      new MetricsFile('metrics.jsonl'),
    ),
    spec: findModel(model),
    dataset,
    split,
    model: { ...silent, can: { trust: async () => trust } },
  }
}

const never = () => {
  throw new Error('explain asks for trust alone')
}
const silent: Model = { score: never, weights: never, load: never, dispose: async () => {} }

const explain = async (runs: [WeighingRun, ...WeighingRun[]], options?: ExplainOptions) =>
  (await explainAny(runs, options)) as BehaviorExplanation
const explained = (options?: ExplainOptions, weightOf?: (row: number) => number) =>
  explain([weighing(weightOf)], options)

describe('explain', () => {
  it('averages by domain and by category, highest first, with counts', async () => {
    const { behaviors, users, domains, categories, target, sources } = await explained()
    expect({ behaviors, users, target, sources }).toEqual({
      behaviors: 80,
      users: 8,
      target: 'target',
      sources: ['second', 'source'],
    })
    const row = ({ behaviors, users, mean }: { behaviors: number; users: number; mean: number }) => [
      behaviors,
      users,
      mean,
    ]
    expect(categories.map((one) => [one.category, one.domain, ...row(one)])).toEqual([
      ['liked', 'source', 36, 8, 1.5],
      ['others', 'second', 8, 8, 1],
      [HOSTILE, 'source', 36, 8, 0.5],
    ])
    expect(domains.map((one) => [one.domain, ...row(one)])).toEqual(
      expect.arrayContaining([
        ['source', 72, 8, 1],
        ['second', 8, 8, 1],
      ]),
    )
  })

  it('gives the interval over users, and none for a single one', async () => {
    // Each user's behaviors have one weight of their own: what varies is who was drawn.
    const { domains, lengths } = await explained({}, (row) => (userOf(row) % 2 === 0 ? 0.5 : 1.5))
    const second = domains.find(({ domain }) => domain === 'second')!
    // Eight users with one behavior each, half of .5 and half of 1.5: a mean of 1 with a standard error of .5 / √8 = .18.
    expect(second.mean).toBe(1)
    expect(second.low).toBeGreaterThan(1 - 0.5)
    expect(second.low).toBeLessThan(1 - 0.18)
    expect(second.high).toBeCloseTo(2 - second.low, 0)
    for (const { low, high, users } of lengths) expect([users, low, high]).toEqual([1, Number.NaN, Number.NaN])
  })

  it('averages by how many more training behaviors the user has in the sources than in the target', async () => {
    const { lengths } = await explained({}, (row) => userOf(row) + 1)
    expect(lengths.map(({ from, to, difference, behaviors, mean }) => [from, to, difference, behaviors, mean])).toEqual(
      Array.from({ length: 8 }, (_, h) => {
        const source = 2 * (h + 1) + 1
        const difference = source - (1 + (h % 2))
        return [difference, difference, difference, source, h + 1]
      }).sort(([a], [b]) => a - b),
    )
  })

  it('lists the behaviors of a user at both ends, and the last ones in the target', async () => {
    const { user, items } = await explained({ user: 'u3', k: 2 }, (row) =>
      itemOf(row) === 'bad 5' ? 0.1 : byKind(row),
    )
    expect(items).toBeUndefined()
    expect(user).toMatchObject({ name: 'u3', source: 9, target: 2 })
    expect(user!.mean).toBeCloseTo((4 * 1.5 + 3 * 0.5 + 0.1 + 1) / 9, 6)
    expect(user!.most.map(({ item, weight }) => [item, weight])).toEqual([
      ['good 0', 1.5],
      ['good 2', 1.5],
    ])
    expect(user!.least[0]).toEqual({
      item: 'bad 5',
      domain: 'source',
      category: HOSTILE,
      value: 1,
      timestamp: dataset.log.timestamp![sourceRows.find((row) => userOf(row) === 3 && itemOf(row) === 'bad 5')!],
      weight: Math.fround(0.1),
      std: Number.NaN,
    })
    // Of four target rows the last two are asked about.
    expect(user!.lastTarget.map(({ item, value }) => [item, value])).toEqual([
      ['goal 1', 4],
      ['goal 0', 5],
    ])
  })

  it('ranks items that have enough behaviors', async () => {
    const { items } = await explained({ k: 1, atLeast: 8 }, (row) => (itemOf(row) === 'good 14' ? 9 : byKind(row)))
    // `good 14` is had once; `good 0` and `bad 1` are had by all eight.
    expect(items!.most.map(({ item, behaviors, mean }) => [item, behaviors, mean])).toEqual([['good 0', 8, 1.5]])
    expect(items!.least.map(({ item, behaviors, mean }) => [item, behaviors, mean])).toEqual([['bad 1', 8, 0.5]])
    expect((await explained({ atLeast: 9 })).items).toEqual({ most: [], least: [] })
  })

  it('averages runs of several seeds and says how far they agree', async () => {
    const one = await explained()
    expect(one.agreement).toBeNaN()
    expect(one.categories[0].std).toBeNaN()
    const opposite = weighing((row) => 2 - byKind(row), { seed: 2, scale: 3 })
    const both = await explain([weighing(), opposite])
    expect(both).toMatchObject({ runs: [{ seed: 1 }, { seed: 2 }], scale: 2 })
    expect(both.agreement).toBeCloseTo(-1, 10)
    for (const { category, mean, std } of both.categories) {
      expect(mean).toBeCloseTo(1, 6)
      expect(std).toBeCloseTo(category === 'others' ? 0 : Math.SQRT1_2, 6)
    }
    const alike = await explain([weighing(), weighing((row) => byKind(row) ** 2, { seed: 2 })])
    expect(alike.agreement).toBeCloseTo(1, 10)
  })

  it('names who can be explained where a model trusts all alike', async () => {
    const without = (model: string): WeighingRun => ({ ...weighing(byKind, { model }), model: silent })
    await expect(explain([without('conet')])).rejects.toMatchObject({
      code: 'bad-argument',
      message:
        'runs/conet-1 holds conet, which trusts all that it learns from alike; explain is for runs of cgrec, syncrec, biao, gate, remit, marco, darlr, il-rec',
    })
    await expect(explain([without('sasrec')])).rejects.toThrow(
      /^[^.]*, darlr, il-rec; .*tributary transfer runs\/sasrec-1$/,
    )
    await expect(explain([without('syncrec')])).rejects.toThrow('runs/syncrec-1 logged nothing of what it trusted')
  })

  it.each([
    { what: 'a user that nobody knows', options: { user: 'u9' }, code: 'unknown-name', says: "unknown user 'u9'" },
    {
      what: 'a user without source',
      options: { user: 'alone' },
      code: 'bad-argument',
      says: "user 'alone' has no source",
    },
    { what: 'NaN', weightOf: () => Number.NaN, code: 'not-finite', says: `log row ${sourceRows[0]} is NaN` },
  ])('refuses $what', async ({ options, weightOf, code, says }) => {
    const asked = explained(options, weightOf)
    await expect(asked).rejects.toMatchObject({ code })
    await expect(asked).rejects.toThrow(says)
  })

  it('refuses a source without behaviors, and runs that differ in more than their seed', async () => {
    await expect(explain([weighing(byKind, { rows: new Int32Array(0) })])).rejects.toThrow('no source behavior')
    const base = (value: string, seed: number) => weighing(byKind, { seed, config: { base: { value, from: 'set' } } })
    await expect(explain([base('conet', 1), base('minet', 2)])).rejects.toThrow('differ in base ("minet" and "conet")')
    await expect(explain([base('conet', 1), base('conet', 1)])).rejects.toThrow('have the same seed 1')
  })
})

it('the registry says of each model what it weighs, and whether its weights say it', async () => {
  const able = await Promise.all(
    MODELS.map(async (spec) => {
      // Policies act in one domain.
      const { config } = parseConfig(spec, 'domain' in spec.config.shape ? { domain: dataset.domains[0] } : {})
      const model = spec.create(config, dataset, split, { seed: 1, threads: 1 })
      await model.dispose()
      return [spec.name, model.can?.trust !== undefined] as const
    }),
  )
  // The other two that weigh domains say it while they train.
  const told = ['biao', 'gate', 'remit', 'marco']
  expect(able).toEqual(MODELS.map(({ name }) => [name, told.includes(name)]))
  expect(MODELS.flatMap(({ name, trusts }) => (trusts ? [`${name}: ${trusts}`] : []))).toEqual([
    'cgrec: domain',
    'syncrec: domain',
    'biao: behavior',
    'gate: domain',
    'remit: domain',
    'marco: domain',
    'darlr: user',
    'il-rec: demonstration',
  ])
})

describe('text', () => {
  it('shows weights with three digits that matter', () => {
    expect([1, 0.1234, 12.3456, 1234.5, 0.00123, Number.NaN].map(shown)).toEqual([
      '1.000',
      '0.123',
      '12.346',
      '1230',
      '0.00123',
      '–',
    ])
    expect(
      [
        { from: -3, to: 2 },
        { from: -1, to: -1 },
      ].map(lengthRange),
    ).toEqual(['−3 to 2', '−1'])
  })

  it('keeps both ends of many categories, and leaves out those with few behaviors', () => {
    const categories = Array.from({ length: 30 }, (_, i) => ({ behaviors: i === 3 ? 1 : 9, name: i }))
    const of = (list: typeof categories, each: number) => {
      const { most, least, ...rest } = ends(
        { categories: list as unknown as BehaviorExplanation['categories'], atLeast: 5 },
        each,
      )
      const names = (some: readonly unknown[]) => some.map((one) => (one as { name: number }).name)
      return { most: names(most), least: names(least), ...rest }
    }
    expect(of(categories, 4)).toEqual({ most: [0, 1, 2, 4], least: [26, 27, 28, 29], left: 21, few: 1 })
    expect(of(categories.slice(0, 6), 4)).toEqual({ most: [0, 1, 2, 4, 5], least: [], left: 0, few: 1 })
  })

  it('warns that one seed can be luck, and of how far several agree', async () => {
    const one = await explained()
    expect(weighed(one)).toContain('80 behaviors of 8 users in second, source')
    expect(cautions(one)[1]).toContain('tributary explain RUN RUN')
    const two = [...one.runs, ...one.runs]
    expect(cautions({ ...one, runs: two, agreement: -0.124 })[1]).toMatch(/2 seeds.* −0\.12 /)
  })

  it('warns that weights which are as good as even were not at work', async () => {
    const one = await explained()
    expect(cautions(one)).toHaveLength(2)
    const even = { ...one, distribution: { ...one.distribution, sd: 0.0025 } }
    expect(cautions(even)[0]).toMatch(/^Caution: the model was not at work\. .* is 0\.0025, below 0\.1,/)
    expect(spread(even)).toContain('standard deviation is 0.0025')
  })
})

describe('renderExplainPage', () => {
  const open = async (options: ExplainOptions = {}, runs: [WeighingRun, ...WeighingRun[]] = [weighing()]) => {
    const html = renderExplainPage(await explain(runs, options), runs[0].run.manifest)
    return { html, document: parseHTML(html).document }
  }

  it('asks for no network and no script, and escapes every name', async () => {
    const { html, document } = await open()
    expect(document.querySelectorAll('script, img, link, iframe, object').length).toBe(0)
    expect(html).not.toMatch(/\b(src|href|url\()\s*=?\s*["'(]?\s*(https?:|\/\/)/i)
    expect(html).not.toContain('<img')
    expect(document.body.textContent).toContain(HOSTILE)
  })

  it('draws categories, domains, lengths and weights', async () => {
    const { document } = await open()
    const dots = (label: string) => document.querySelectorAll(`.wide svg[aria-label^="${label}"] circle`).length
    expect(dots('mean weight by source category')).toBe(3)
    expect(dots('mean weight by source domain')).toBe(2)
    expect(dots('mean weight by source-minus-target')).toBe(8)
    expect(
      document.querySelectorAll('.wide svg[aria-label="number of behaviors by weight"] rect').length,
    ).toBeGreaterThan(2)
    expect(document.body.textContent).toContain('Most and least trusted items')
  })

  it('shows the user in place of items, and ± where there are several runs', async () => {
    const { document } = await open({ user: 'u2' }, [weighing(), weighing(byKind, { seed: 2 })])
    const titles = [...document.querySelectorAll('h2')].map((title) => title.textContent)
    expect(titles).toContain('User u2')
    expect(titles).not.toContain('Most and least trusted items')
    expect(document.body.textContent).toContain('1.500 ±0.000')
    expect(document.querySelector('dl')!.textContent).toContain('seeds1, 2')
  })

  it.each([
    { what: 'over decades', weights: [0.03, 1, 40], ticks: ['0.05', '0.1', '0.2', '0.5', '1', '2', '5', '10', '20'] },
    { what: 'close together', weights: [0.88, 1, 1.46], ticks: ['0.9', '1', '1.1', '1.2', '1.3', '1.4'] },
  ])('labels weights $what by round numbers', async ({ weights, ticks }) => {
    const { document } = await open({}, [weighing((row) => weights[row % 3])])
    const chart = document.querySelector('.wide svg[aria-label="number of behaviors by weight"]')!
    const labels = [...chart.querySelectorAll('[aria-label="x-axis tick label"] text')].map((text) => text.textContent)
    expect(labels).toEqual(ticks)
  })

  it('draws weights that are all the same', async () => {
    const { document } = await open({}, [weighing(() => 1)])
    expect(document.querySelectorAll('.wide svg[aria-label="number of behaviors by weight"] rect')).toHaveLength(1)
  })
})
