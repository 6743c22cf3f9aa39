import { parseHTML } from 'linkedom'
import { describe, expect, it } from 'vitest'
import { byName } from '../core/index.ts'
import { buildDataset } from '../data/index.ts'
import { type Seeded, summarizeSeeds } from '../evaluation/compare.ts'
import { type Evaluation, ranking } from '../evaluation/measures/index.ts'
import type { Finding } from '../evaluation/verdicts.ts'
import { renderTransferPage, type TransferPage } from '../pages/transfer.ts'
import { cautions } from '../pages/transfer-text.ts'
import { MetricsFile } from '../runs/metrics.ts'
import { Run } from '../runs/run.ts'
import { trainingSignals } from '../trust/signals.ts'
import { adviceFor } from './advice.ts'
import { type Advised, transferReport } from './report.ts'

const HOSTILE = `<img src=x onerror="alert('1')"> & co`
const DOMAINS = ['gains', HOSTILE, 'same', 'empty']
const dataset = buildDataset('shop', {
  user: DOMAINS.map((_, d) => `u${d}`),
  item: DOMAINS.map((_, d) => `i${d}`),
  domain: DOMAINS,
})

/** Sixty users with one case each, in turn in the first three domains; `ranks` places the answers of a domain. */
function evaluation(split: 'test' | 'valid', ranks: (domain: number, user: number) => number): Evaluation {
  const column = (value: (k: number) => number) => Int32Array.from({ length: 60 }, (_, k) => value(k))
  const none = { cases: 0 }
  return {
    measure: ranking,
    metrics: ranking.metrics.map(({ name }) => name),
    protocol: { split, candidates: 'full', maskSeen: false, ties: 'against', seed: 0 },
    domains: byName(DOMAINS.map((name) => [name, none])),
    overall: none,
    macro: none,
    groups: {},
    tiedCases: 0,
    ranks: column((k) => ranks(k % 3, k)),
    ties: column(() => 0),
    answers: column(() => 1),
    rows: column((k) => k),
    users: column((k) => k),
    caseDomains: column((k) => k % 3),
    members: {},
  }
}
const results = (name: string, evaluations: readonly Evaluation[]): Seeded => ({
  name,
  seeds: evaluations.map((_, i) => i + 1),
  evaluations,
  seconds: 1,
})
/** The twin is third everywhere. The model is first, fifth, and now better, now worse, in the order of `places`. */
const model = (places: readonly number[]) => (domain: number, user: number) =>
  [0, 4, user % 2 === 0 ? 1 : 4][places[domain]]
const compared = (split: 'test' | 'valid', places: readonly number[], seeds = 1, leastUsers = 20) =>
  summarizeSeeds(
    [
      results(
        'twin',
        Array.from({ length: seeds }, () => evaluation(split, () => 2)),
      ),
      results(
        'model',
        Array.from({ length: seeds }, () => evaluation(split, model(places))),
      ),
    ],
    { seed: 1, samples: 200, leastUsers },
  )
const run = (folder: string, weightsHash: string | undefined = 'abc') =>
  new Run(
    folder,
    {
      format: 1,
      model: 'sasrec',
      task: 'ranking',
      config: {},
      dataset: { name: 'shop', path: 'shop', hash: 'h' },
      split: 'leave-two-out',
      seed: 7,
      threads: 1,
      versions: { tributary: '0', node: '0', onnxruntime: '0' },
      status: 'done',
      ...(weightsHash && { weightsHash }),
    },
    new MetricsFile('metrics.jsonl'),
  )

const epoch = (number: number, losses: Record<string, unknown>) => ({ type: 'epoch', epoch: number, losses })
const LINES = [
  epoch(1, {
    loss: 3,
    'lambda/gains': 1,
    'gap/gains': 0.1,
    [`lambda/${HOSTILE}`]: 1,
    'gate/cross/1': 0.9,
    'gate/cross/2': 0.1,
  }),
  epoch(2, { 'lambda/gains': 9 }),
  { type: 'done' },
  // Written again by a resumed run.
  epoch(2, {
    'lambda/gains': 1.2,
    'gap/gains': 0.2,
    'lambda/unknown': 5,
    'gate/cross/1': 0.6,
    'gate/cross/2': 0.4,
    [`gate/${HOSTILE}/1`]: 0.25,
    [`gate/${HOSTILE}/2`]: 0.75,
  }),
  epoch(3, { 'lambda/gains': 1.3, 'gap/gains': null, 'gate/cross/1': 0.5, 'gate/cross/2': 0.5 }),
]

function page(
  options: { seeds?: number; signals?: boolean; testOnly?: boolean; leastUsers?: number } = {},
): TransferPage {
  const comparison = compared('test', [0, 1, 2], options.seeds, options.leastUsers)
  const validation = options.testOnly ? comparison : compared('valid', [1, 1, 2], options.seeds, options.leastUsers)
  const report = transferReport({
    path: 'runs/model/transfer.json',
    dataset,
    model: { name: 'model', runs: Array.from({ length: options.seeds ?? 1 }, () => run('runs/model')) },
    twin: { name: 'twin', runs: [run('runs/model/transfer/twin/seed7', 'def')] },
    comparison,
    validation,
    training: options.signals ? trainingSignals(LINES, DOMAINS, 2) : undefined,
  })
  return { report, comparison, validation }
}

describe('transferReport', () => {
  const { report } = page()

  it('has a verdict and the metrics of both sides for every domain and in all', () => {
    expect([...report.domains].map(([name, { verdict, cases }]) => [name, verdict, cases])).toEqual([
      ['gains', 'helped', 20],
      [HOSTILE, 'harmed', 20],
      ['same', 'no difference', 20],
      ['empty', 'no cases', 0],
    ])
    const { model, twin, difference } = report.domains.get('gains')!
    expect(model['ndcg@10'].mean).toBe(1)
    expect(twin['ndcg@10'].mean).toBeCloseTo(0.5, 12)
    // No sample of users has it otherwise: p is the least that 200 samples give, three times for three domains.
    expect(difference['ndcg@10']).toMatchObject({ mean: 0.5, low: 0.5, high: 0.5, p: (3 * 2) / 201, verdict: 'helped' })
    expect(report.overall.cases).toBe(60)
  })

  it('chooses the fallback by validation cases alone', () => {
    // Test cases say that `gains` is helped; the choice must not know.
    expect(report.validation.domains.get('gains')!.verdict).toBe('harmed')
    expect(report.validation.protocol.split).toBe('valid')
    expect(report.fallback.domains).toEqual(['gains', HOSTILE])
    expect(report.overall.advice).toContain(`gains, ${HOSTILE}`)
  })

  it('is bound to runs by folders from its own place and by hashes of weights', () => {
    expect(report.model.runs).toEqual([{ folder: '.', seed: 7, weights: 'abc' }])
    expect(report.twin.runs).toEqual([{ folder: 'transfer/twin/seed7', seed: 7, weights: 'def' }])
    expect(report.dataset).toEqual({ name: 'shop', hash: dataset.hash })
    const options = {
      path: 'runs/model/transfer.json',
      dataset,
      model: { name: 'model', runs: [run('runs/model', '')] },
      twin: { name: 'twin', runs: [run('twin')] },
      comparison: compared('test', [0, 0, 0]),
      validation: compared('valid', [0, 0, 0]),
    }
    expect(() => transferReport(options)).toThrow('runs/model does not say what its weights are')
  })
})

it('advice says what validation chooses, and where test cases contradict it', () => {
  const said = (shown: Finding, validation: Finding) => adviceFor(shown, validation)
  expect(said('harmed', 'harmed')).toMatch(/twin.*--fallback auto/)
  expect(said('no difference', 'harmed')).toMatch(/twin.*validation/)
  expect(said('helped', 'harmed')).toContain('contradict')
  expect(said('harmed', 'no difference')).toMatch(/validation cases do not show this harm/)
  expect(said('helped', 'no difference')).toMatch(/^Keep the model here: the other domains help/)
  expect(said('no cases', 'no cases')).toContain('too few cases')
  expect(said('too few users', 'too few users')).toContain('too few users')
  expect(said('harmed', 'under-trained')).toContain('Train to the end')
  const all = ['helped', 'harmed', 'no difference', 'no cases', 'too few users', 'under-trained'] as const
  for (const shown of all) for (const validation of all) expect(said(shown, validation)).toMatch(/^[A-Z][^.]*\.$/)
})

it('warns of what a verdict may be due to beside the domains', () => {
  const one = { runs: [{ folder: '.', seed: 1, weights: '' }] }
  const said = { domains: byName<Advised>([]), leastUsers: 20 }
  const [seed, ...others] = cautions({
    ...said,
    model: { name: 'sasrec', ...one },
    twin: { name: 'sasrec:sequences=single', ...one },
  })
  expect(seed).toContain('can be the seed’s')
  expect(others).toEqual([])
  expect(
    cautions({ ...said, model: { name: 'syncrec', ...one }, twin: { name: 'sasrec:sequences=single', ...one } })[1],
  ).toMatch(/sasrec, not syncrec .*also one of models/)
})

describe('trainingSignals', () => {
  it('reads λ and φ over epochs, and gates at the epoch whose weights were kept', () => {
    expect(JSON.parse(JSON.stringify(trainingSignals(LINES, DOMAINS, 2)))).toEqual({
      bestEpoch: 2,
      epochs: [1, 2, 3],
      lambda: { gains: [1, 1.2, 1.3], [HOSTILE]: [1, null, null] },
      gap: { gains: [0.1, 0.2, null] },
      gates: { cross: [0.6, 0.4], [HOSTILE]: [0.25, 0.75] },
    })
  })
  it('is nothing where a model logs nothing of the kind', () => {
    expect(trainingSignals([epoch(1, { loss: 2 })], DOMAINS, 1)).toBeUndefined()
    expect(trainingSignals([], DOMAINS, 0)).toBeUndefined()
  })
})

describe('renderTransferPage', () => {
  const open = (options: Parameters<typeof page>[0]) => {
    const html = renderTransferPage(page(options))
    return { html, document: parseHTML(html).document }
  }
  const titles = (document: ReturnType<typeof open>['document']) =>
    [...document.querySelectorAll('h2')].map((title) => title.textContent)

  it('asks for no network and no script, and escapes every name', () => {
    const { html, document } = open({ signals: true })
    expect(document.querySelectorAll('script, img, link, iframe, object').length).toBe(0)
    expect(html).not.toMatch(/\b(src|href|url\()\s*=?\s*["'(]?\s*(https?:|\/\/)/i)
    expect(html).not.toContain('<img')
  })

  it('draws differences with whiskers for every domain that has cases, on both parts', () => {
    const { document } = open({})
    const charts = [...document.querySelectorAll('.wide svg[aria-label^="difference of ndcg@10"]')]
    expect(charts).toHaveLength(2)
    for (const chart of charts) {
      // Three domains and all of them together.
      expect(chart.querySelectorAll('circle')).toHaveLength(4)
      expect(chart.querySelectorAll('[aria-label="rule"]').length).toBeGreaterThan(0)
    }
    expect(titles(document)).not.toContain('Which experts each task uses')
    expect(document.querySelector('.harmed')!.textContent).toBe('harmed')
    expect(document.body.textContent).toContain('a verdict of one seed can be the seed’s')
  })

  it('draws λ and φ by domain and a bar of experts by task where the model logged them', () => {
    const { document } = open({ signals: true })
    const curves = [...document.querySelectorAll('svg[aria-label$="by epoch"]')]
    expect(curves.map((curve) => curve.getAttribute('aria-label')!.slice(0, 1))).toEqual(['λ', 'φ'])
    const gates = document.querySelector('.wide svg[aria-label^="mean gate weight"]')!
    // Two tasks with two experts each, which fill their bar.
    const widths = [...gates.querySelectorAll('rect')].map((rect) => Number(rect.getAttribute('width')))
    expect(widths).toHaveLength(4)
    expect(widths[0] + widths[1]).toBeCloseTo(widths[2] + widths[3], 6)
    expect(widths[0] / widths[1]).toBeCloseTo(0.6 / 0.4, 1)
  })

  it('gives no verdict, no fallback and no color from too few users, and says how many are needed', () => {
    const { report } = page({ leastUsers: 21 })
    expect(report.fallback.domains).toEqual([])
    expect(report.overall.advice).toMatch(/^Serve the model alone.*nothing can be said/)
    const { document } = open({ leastUsers: 21 })
    // The row of all domains has sixty users.
    const verdicts = [...document.querySelectorAll('section:first-of-type tbody tr')].map(
      (row) => row.lastElementChild!.textContent,
    )
    expect(verdicts.slice(0, 4)).toEqual(['too few users', 'too few users', 'too few users', '–'])
    expect(document.body.textContent).toContain('A verdict takes 21 users with cases: gains has 20')
  })

  it('says so where several seeds were averaged, and leaves out a second section where validation is reported', () => {
    const { document } = open({ testOnly: true, seeds: 2 })
    expect(document.body.textContent).toContain('averaged over 2 seeds')
    expect(document.body.textContent).not.toContain('of one seed')
    expect(document.querySelector('tbody td:nth-of-type(2)')!.textContent).toMatch(/^1\.0000 ±0\.0000$/)
    expect(titles(document).filter((title) => title!.includes('fallback'))).toEqual([])
    expect(document.querySelectorAll('.wide svg[aria-label^="difference"]')).toHaveLength(1)
  })
})
