import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseHTML } from 'linkedom'
import { describe, expect, it } from 'vitest'
import { Part, type Scorer } from '../core/index.ts'
import { buildDataset, evaluationCases, splitDataset } from '../data/index.ts'
import { type Seeded, summarizeSeeds } from '../evaluation/compare.ts'
import { type Evaluation, evaluate } from '../evaluation/measures/index.ts'
import { createRng } from '../math/index.ts'
import { shortened } from './charts/index.ts'
import { manifestFacts, type Report, renderReport, writeReport } from './report.ts'

const HOSTILE = `<img src=x onerror="alert('1')"> & co`

/** Domains with a hostile name, the name of the row for all domains, and a name too long for any axis. */
const domains = [HOSTILE, 'overall', 'a domain whose name goes on and on and on']
const dataset = buildDataset('shop', {
  user: Array.from({ length: 300 }, (_, i) => `u${i % 60}`),
  item: Array.from({ length: 300 }, (_, i) => `i${(i * 7) % 60}`),
  domain: Array.from({ length: 300 }, (_, i) => domains[((i * 7) % 60) % 3]),
})
const split = splitDataset(dataset, 'leave-two-out')
const cases = evaluationCases(dataset, split, Part.test)

const noise = (seed: number): Scorer => ({
  async score(queries, { start, end }) {
    return Float32Array.from(
      queries.flatMap(({ user }) =>
        Array.from({ length: end - start }, (_, i) =>
          createRng(seed)
            .split(user!, start + i)
            .float(),
        ),
      ),
    )
  },
})
const measure = (seed: number, chosen = cases) =>
  evaluate(noise(seed), dataset, chosen, { candidates: { kind: 'full' }, maskSeen: false, seed: 0, split })

async function results(name: string, ...seeds: number[]): Promise<Seeded<Evaluation>> {
  return { name, seeds, evaluations: await Promise.all(seeds.map((seed) => measure(seed))), seconds: 1 }
}

const epoch = (
  number: number,
  best: boolean,
  validation: Record<string, number | null> = { 'ndcg@10': number / 10 },
) => ({
  type: 'epoch',
  epoch: number,
  losses: { loss: 2 / number, contrast: 1 },
  validation,
  best,
})

async function fullReport(): Promise<Report> {
  const models = await Promise.all([results('twin', 1, 2), results(`mixed ${HOSTILE}`, 3, 4), results('random', 5)])
  return {
    title: HOSTILE,
    lead: HOSTILE,
    facts: [{ name: HOSTILE, value: HOSTILE }],
    curves: [{ name: HOSTILE, events: [epoch(1, true), { type: 'step' }, epoch(2, true), epoch(3, false)] }],
    evaluations: [{ name: HOSTILE, evaluation: await measure(1) }],
    comparisons: [summarizeSeeds(models, { seed: 1, samples: 100 })],
  }
}

const open = (html: string) => parseHTML(html).document
/** Each as screens have it. */
const chartsOf = (document: ReturnType<typeof open>) =>
  [...document.querySelectorAll('figure')].map((figure) => figure.querySelector('svg')!)

describe('renderReport', () => {
  it('asks for no network and no script, and escapes every name', async () => {
    const html = renderReport(await fullReport())
    const document = open(html)
    expect(document.querySelectorAll('script, img, link, iframe, object').length).toBe(0)
    expect(html).not.toMatch(/\b(src|href|url\()\s*=?\s*["'(]?\s*(https?:|\/\/)/i)
    expect(html).not.toContain('<img')
    for (const element of document.querySelectorAll('*'))
      for (const { name } of element.attributes) expect(name.startsWith('on')).toBe(false)
    expect(document.querySelector('h1')!.textContent).toBe(HOSTILE)
    expect(document.title).toBe(HOSTILE)
    expect([...document.querySelectorAll('svg text')].map((text) => text.textContent)).toContain(shortened(HOSTILE))
  })

  it('draws one bar a domain and model, one dot a domain (and all) and other model, and no NaN', async () => {
    const html = renderReport({ ...(await fullReport()), evaluations: [], curves: [] })
    const document = open(html)
    expect(document.querySelectorAll('.wide [aria-label="bar"] rect').length).toBe(3 * 3)
    expect(document.querySelectorAll('.wide [aria-label="dot"] circle').length).toBe((3 + 1) * 2)
    expect(html).not.toMatch(/NaN|⚠/)
    const labels = [...document.querySelectorAll('svg [aria-label*="label"] text')].map((text) => text.textContent)
    expect(labels).toContain('all domains')
  })

  it('can be scrolled by keyboard where it is wider than a phone, and names what it draws', async () => {
    const document = open(renderReport(await fullReport()))
    const wide = [...document.querySelectorAll('table')]
    expect(wide.length).toBeGreaterThan(3)
    for (const { parentElement } of wide) {
      expect(parentElement!.className).toBe('scroll')
      expect(parentElement!.getAttribute('tabindex')).toBe('0')
      expect(parentElement!.getAttribute('role')).toBe('region')
      expect(parentElement!.getAttribute('aria-label')).not.toBe('')
    }
    // A chart that is too wide for a phone has a narrow twin, and the page shows one of them.
    const wideCharts = [...document.querySelectorAll('svg[width="860"]')]
    expect(wideCharts.length).toBeGreaterThan(1)
    for (const { parentElement } of wideCharts) {
      expect(parentElement!.className).toBe('wide')
      const narrow = parentElement!.nextElementSibling!
      expect(narrow.className).toBe('narrow')
      expect(Number(narrow.firstElementChild!.getAttribute('width'))).toBeLessThan(400 - 2 * 16 + 1)
    }
    for (const named of document.querySelectorAll('svg[aria-label], g[aria-label]'))
      expect(named.getAttribute('role')).not.toBeNull()
    const verdicts = [...document.querySelectorAll('.verdict')].map((cell) => cell.textContent)
    expect(verdicts).toContain('verdict')
    expect(verdicts).toContain('no difference')
    // A label of an axis is whole: what is compared stands in the caption.
    expect([...document.querySelectorAll('svg text')].map((text) => text.textContent)).toContain(
      'difference of ndcg@10 →',
    )
  })

  it('marks the best of each row of a comparison, where there are rivals', async () => {
    const best = (report: Report) =>
      [...open(renderReport(report)).querySelectorAll('tr')].map((row) => row.querySelectorAll('td.best').length)
    const comparisons = [summarizeSeeds(await Promise.all([results('a', 1), results('b', 2)]), { seed: 1, samples: 9 })]
    expect(Math.max(...best({ title: 't', comparisons }))).toBeGreaterThan(0)
    expect(best({ title: 't', evaluations: [{ name: 'a', evaluation: await measure(1) }] })).not.toContain(1)
  })

  it('says helped and harmed only between a model and its twin', async () => {
    // The second model knows the answers of the last domain and is as good as the first elsewhere.
    const twin = await results('twin', 1)
    const [before] = twin.evaluations
    const ranks = before.ranks.map((rank, k) => (before.caseDomains[k] === 2 ? 0 : rank))
    const mixed = { ...twin, name: 'mixed', evaluations: [{ ...before, ranks }] }
    const comparison = summarizeSeeds([twin, mixed, { ...mixed, name: 'other' }], { seed: 1, leastUsers: 10 })
    const marked = (report: Report) => {
      const document = open(renderReport(report))
      return [...document.querySelectorAll('td.helped, td.harmed')].map((cell) => cell.textContent)
    }
    expect(marked({ title: 't', comparisons: [comparison], transfer: 'mixed' })).toEqual(['helped', 'helped'])
    expect(marked({ title: 't', comparisons: [comparison] })).toEqual(['better', 'better', 'better', 'better'])
  })

  it('draws a curve a loss and marks the epoch that was kept', async () => {
    const events = [epoch(1, true), epoch(2, true), epoch(3, false)]
    const document = open(renderReport({ title: 't', curves: [{ name: 'sasrec', events }] }))
    expect(chartsOf(document).length).toBe(2)
    const lines = chartsOf(document).map((svg) => svg.querySelectorAll('[aria-label="line"] path').length)
    expect(lines).toEqual([2, 1])
    expect(document.querySelectorAll('[aria-label="dot"] circle').length).toBe(1)
    expect([...document.querySelectorAll('.legend li')].map((item) => item.textContent)).toEqual([
      'loss',
      'contrast',
      'ndcg@10',
    ])
  })

  it('draws a color a model where there are several curves', async () => {
    const curves = ['a', 'b'].map((name) => ({ name, events: [epoch(1, true), epoch(2, true)] }))
    const document = open(renderReport({ title: 't', curves }))
    expect([...document.querySelectorAll('.legend li')].map((item) => item.textContent)).toEqual(['a', 'b', 'a', 'b'])
  })

  it('gives a model one look in every chart, and nothing else that look', async () => {
    const models = await Promise.all([results('a', 1), results('b', 2)])
    const document = open(
      renderReport({
        title: 't',
        comparisons: [summarizeSeeds(models, { seed: 1, samples: 9 })],
        // Another order than that of the comparison, and one that is not in it.
        curves: ['b', 'c', 'a'].map((name) => ({ name, events: [epoch(1, true), epoch(2, true)] })),
      }),
    )
    const bars = new Set(
      [...document.querySelectorAll('.wide [aria-label="bar"] rect')].map((bar) => bar.getAttribute('fill')),
    )
    const curves = [...document.querySelectorAll('.pair figure')].map((figure) =>
      [...figure.querySelectorAll('[aria-label="line"]')].map((line) => line.getAttribute('stroke')),
    )
    const [a, b] = bars
    expect(bars.size).toBe(2)
    for (const strokes of curves) {
      expect([...strokes].sort().slice(0, 2)).toEqual([a, b])
      expect(new Set(strokes).size).toBe(3)
    }
    // Neither looks like a verdict.
    for (const color of [...bars, ...curves.flat()]) expect(color).toMatch(/^var\(--series-\d\)$/)
  })

  describe('of a model trained domain by domain', () => {
    /** Each domain has epochs of its own, numbered from one; the shorter one keeps its first, the longer its third. */
    const of = (domain: string, bests: readonly boolean[], level: number) =>
      bests.map((best, e) => ({
        ...epoch(e + 1, best, { 'ndcg@10': level + e / 100 }),
        losses: { loss: level },
        domain,
      }))
    const events = [...of('10', [true, false], 0.8), ...of('constructor', [true, true, true, false], 0.2)]
    /** The points of each line, in whole pixels. */
    const linesOf = (svg: ReturnType<typeof open>['documentElement']): number[][][] =>
      [...svg.querySelectorAll('[aria-label="line"] path')].map((path) =>
        path
          .getAttribute('d')!
          .slice(1)
          .split('L')
          .map((point: string) => point.split(',').map((place: string) => Math.round(Number(place)))),
      )

    it('is a line a domain, each with the epoch that was kept', () => {
      const document = open(renderReport({ title: 't', curves: [{ name: 'sasrec', events }] }))
      const [losses, validation] = chartsOf(document)
      // As many points as epochs: no line goes on where another ended.
      for (const svg of [losses!, validation!]) expect(linesOf(svg).map((points) => points.length)).toEqual([2, 4])
      const kept = [...validation!.querySelectorAll('[aria-label="dot"] circle')].map((circle) =>
        ['cx', 'cy'].map((name) => Math.round(Number(circle.getAttribute(name)))),
      )
      const [short, long] = linesOf(validation!)
      expect(kept).toEqual([short[0], long[2]])
      const legends = [...document.querySelectorAll('.legend li')].map((item) => item.textContent)
      expect(legends).toEqual(['10', 'constructor', '10', 'constructor'])
    })

    it('is told from other models', () => {
      const curves = [
        { name: 'twin', events },
        { name: 'mixed', events: [epoch(1, true), epoch(2, true)] },
      ]
      const document = open(renderReport({ title: 't', curves }))
      const names = ['twin, 10', 'twin, constructor', 'mixed']
      expect([...document.querySelectorAll('.legend li')].map((item) => item.textContent)).toEqual([...names, ...names])
    })

    it('over several seeds is a line a domain still, shaded, with the epochs that each seed kept', () => {
      const other = [...of('10', [false, true], 0.6), ...of('constructor', [true, false], 0.4)]
      const curves = [events, other].map((events) => ({ name: 'twin', events }))
      const html = renderReport({ title: 't', curves })
      const [losses, validation] = chartsOf(open(html))
      expect(linesOf(validation!).map((points) => points.length)).toEqual([2, 4])
      expect(validation!.querySelectorAll('[aria-label="dot"] circle').length).toBe(4)
      expect(losses!.querySelectorAll('[aria-label="area"] path').length).toBe(2)
      expect(html).toContain('shaded from the lowest seed to the highest')
    })

    it('has no best epoch of its own among its facts', () => {
      const manifest = {
        ...{ model: 'sasrec', dataset: { name: 'shop' }, split: 'column', seed: 1, threads: 1, versions: {} },
        config: { sequences: { value: 'single', from: 'set' } },
        result: { epochs: 6, bestEpoch: 6, reason: 'every domain was trained by itself', seconds: 1 },
      }
      expect(manifestFacts(manifest)).toContainEqual({ name: 'epochs', value: '6, over all domains' })
    })
  })

  it.each([
    ['one epoch', [epoch(1, true)]],
    ['validation without cases', [epoch(1, true, { 'ndcg@10': null }), epoch(2, true, { 'ndcg@10': null })]],
  ])('stands %s', (_, events) => {
    const html = renderReport({ title: 't', curves: [{ name: 'sasrec', events }] })
    expect(html).not.toMatch(/NaN|Infinity|⚠/)
    expect(chartsOf(open(html)).length).toBeGreaterThan(0)
  })

  it('stands evaluations without cases and names their protocol', async () => {
    const none = { queries: [], answers: new Int32Array(), rows: new Int32Array() }
    const html = renderReport({ title: 't', evaluations: [{ name: 'sasrec', evaluation: await measure(1, none) }] })
    expect(html).toContain('There are no cases.')
    expect(html).toContain('ranked among all items of its domain; nothing is masked')
    expect(html).not.toMatch(/NaN|Infinity|⚠/)
  })

  it('keeps figures of different protocols apart', async () => {
    const masked = await evaluate(noise(1), dataset, cases, { candidates: { kind: 'all' }, maskSeen: true, seed: 0 })
    const evaluations = [
      { name: 'a', evaluation: await measure(1) },
      { name: 'a', evaluation: masked },
    ]
    const document = open(renderReport({ title: 't', evaluations }))
    const protocols = [...document.querySelectorAll('section > p')].map((paragraph) => paragraph.textContent)
    expect(protocols[0]).toContain('nothing is masked')
    expect(protocols[1]).toContain('the whole catalogue; items of the history are masked')
  })
})

describe('what policies earned while they learned', () => {
  const figures = (rTra: number, length = 30) => ({ rTra, rEach: rTra / length, length })
  const shown = (number: number, rTra: number, length?: number) => ({
    ...epoch(number, true, {}),
    losses: { return: 10 * rTra, actor: 0.1, rewardError: 1 / number },
    simulation: { free: { ...figures(rTra / 2, length), rTraHalfWidth: null }, noRepeat: figures(rTra, length) },
  })
  const simulation = (length?: number) => ({
    every: 1,
    episodes: 100,
    leave: ['categories:4:0'],
    maxLength: 30,
    controls: Object.fromEntries(
      Object.entries({ random: 67, 'best-list': 78.2, oracle: 88.15 }).map(([name, rTra]) => [
        name,
        { knowsTruth: name === 'oracle', mode: { free: figures(rTra, length), noRepeat: figures(rTra, length) } },
      ]),
    ),
  })
  const seeds = (...levels: number[]) =>
    levels.map((level) => [shown(1, level), shown(2, level + 2), shown(3, level + 4)])
  const policies = [
    { name: 'mbpo', runs: seeds(70, 72) },
    { name: HOSTILE, runs: seeds(75) },
  ]

  it('is a curve a policy in each mode, shaded over its seeds, with the controls across', () => {
    const html = renderReport({ title: 't', policies: { policies, simulation: simulation() } })
    expect(html).not.toMatch(/NaN|Infinity|⚠|<img/)
    const document = open(html)
    const charts = chartsOf(document)
    expect(charts.map((svg) => svg.getAttribute('aria-label'))).toEqual([
      'R_tra, free by epoch',
      'R_tra, noRepeat by epoch',
      'Reward error: mean |R − G| over visited pairs by epoch',
    ])
    for (const chart of charts) {
      expect(chart.querySelectorAll('[aria-label="line"] path').length).toBe(2)
      // One of them has one seed, which spans nothing.
      expect(chart.querySelectorAll('[aria-label="area"] path').length).toBe(1)
    }
    const lines = charts.map((chart) => chart.querySelectorAll('[aria-label="rule"] line').length)
    expect(lines).toEqual([3, 3, 0])
    const labels = [...charts[1]!.querySelectorAll('[aria-label="text"] text')].map((text) => text.textContent)
    expect(labels).toEqual(['oracle* 88.15', shortened(HOSTILE), 'best-list 78.2', 'mbpo', 'random 67'])
    expect(html).toContain('after every epoch, at most 30 turns, users leave by categories:4:0.')
    expect(html).toContain('nothing was selected by them')
    const row = (text: string) =>
      [...document.querySelectorAll('tr')].find((one) => one.textContent!.startsWith(text))!.textContent!
    // The last quarter of three epochs is the last one: 74 and 76 over seeds, and 37 and 38 where it earned half.
    // The best of each mode.
    expect([...document.querySelectorAll('td.best')].map((cell) => cell.textContent)).toEqual(['39.50', '79.00'])
    expect(row('mbpo').trim()).toBe('mbpo237.50 ± 0.7175.00 ± 1.41')
    expect(row('mbpo, run 1').trim()).toBe('mbpo, run 1336.00 ± 1.0072.00 ± 2.00')
  })

  it('is lengths too, where episodes are not all as long', () => {
    const early = [{ name: 'mbpo', runs: [[shown(1, 20, 9), shown(2, 25, 11)]] }]
    const document = open(renderReport({ title: 't', policies: { policies: early, simulation: simulation(12) } }))
    expect(chartsOf(document).map((svg) => svg.getAttribute('aria-label'))).toEqual(
      expect.arrayContaining(['length, free by epoch', 'length, noRepeat by epoch']),
    )
  })

  it.each([
    ['runs that nobody watched', [[{ ...shown(1, 3), simulation: undefined }]], undefined],
    ['a run that has not been simulated yet', [[]], simulation()],
    ['one simulated epoch', [[shown(1, 3)]], simulation()],
  ])('stands %s', (_, runs, simulation) => {
    const html = renderReport({ title: 't', policies: { policies: [{ name: 'mbpo', runs }], simulation } })
    expect(html).not.toMatch(/NaN|Infinity|⚠|undefined/)
  })

  it('leaves what shares no scale with losses out of their chart', () => {
    const events = [shown(1, 3), shown(2, 4)]
    const document = open(renderReport({ title: 't', curves: [{ name: 'mbpo', events }] }))
    const titles = [...document.querySelectorAll('h3')].map((title) => title.textContent)
    expect(titles).toEqual(['Training losses', 'Return of an episode in training'])
    expect([...document.querySelectorAll('.legend li')].map((item) => item.textContent)).toEqual(['actor', 'return'])
  })
})

it('manifestFacts shows what was set by hand', () => {
  const manifest = {
    model: 'sasrec',
    dataset: { name: 'amazon5' },
    split: 'column',
    seed: 3,
    threads: 2,
    config: {
      width: { value: 64, from: 'set' },
      loss: { value: 'softmax', from: 'set' },
      dropout: { value: 0.5, from: 'default' },
    },
    versions: { tributary: '0.1.0', node: '20.19.0' },
    result: { epochs: 30, bestEpoch: 20, reason: 'no gain of ndcg@10 for 10 epochs', seconds: 125 },
  }
  const shown = Object.fromEntries(manifestFacts(manifest).map(({ name, value }) => [name, value]))
  expect(shown).toMatchObject({
    'options set': 'width = 64, loss = softmax',
    epochs: '30, best 20',
    'training time': '2 min 5 s',
    versions: 'tributary 0.1.0, node 20.19.0',
  })
})

it('writeReport leaves one whole file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'report-'))
  try {
    await writeReport(join(folder, 'report.html'), { title: 'sasrec on shop' })
    expect(await readdir(folder)).toEqual(['report.html'])
    expect(await readFile(join(folder, 'report.html'), 'utf8')).toMatch(/^<!doctype html>[\s\S]*<\/html>\n$/)
  } finally {
    await rm(folder, { recursive: true })
  }
})
