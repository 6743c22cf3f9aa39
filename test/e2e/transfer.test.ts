import { cpSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { createFolder, expectRefusal, start, tributary, tributaryJson, writeText } from './tributary.ts'

// A model that looks at the last item alone (maxLength=1), on a log where that is known to be right for one domain, wrong for
// another, and neither here nor there for the third. Every test goes on from the one before it.
const folder = createFolder()
const json = <T>(...args: string[]) => tributaryJson<T>(args, folder)
const SETTINGS = [
  'epochs=25',
  'width=16',
  'inner=16',
  'layers=1',
  'heads=1',
  'dropout=0',
  'batchSize=16',
  'maxLength=1',
]
const small = [...SETTINGS, 'learningRate=0.01'].flatMap((setting) => ['--set', setting])
const TWIN = 'run/transfer/sasrec-sequences=single/seed1'
/** What it is called by those who ask the server, whom its folder does not concern. */
const SERVED_TWIN = 'sasrec-sequences=single/seed1'
const METRICS = ['hr@5', 'hr@10', 'ndcg@5', 'ndcg@10', 'mrr@10', 'mrr']

interface Judgment {
  cases: number
  model: Record<string, { mean: number; std: number | null }>
  twin: Record<string, { mean: number; std: number | null }>
  difference: Record<string, { mean: number; low: number; high: number }>
  verdict: string
}
interface Report {
  run: string
  report: string
  model: { name: string; runs: { folder: string; seed: number; weights: string }[] }
  twin: Report['model']
  protocol: Record<string, unknown>
  domains: Record<string, Judgment & { advice: string }>
  overall: Judgment & { advice: string }
  validation: { protocol: Record<string, unknown>; domains: Record<string, Judgment> }
  fallback: { domains: string[] }
}
interface Evaluation {
  domains: Record<string, Record<string, number>>
  fallback?: Record<string, string>
}
interface List {
  items: object[]
  fallback?: string
}

// Named by numbers, whose order among names (10, 2, 3) is not that of their values.
const [WALK, COPY, SOURCE] = ['10', '2', '3'] as const

/**
 * `source` is random; `copy` repeats the source item just before it, which only a model of both can know; `walk` goes round a
 * circle of its own, and the item before it is always one of `copy`, so a model of both that sees one item cannot know it.
 */
function knownWorld(): string {
  const lines = ['user,item,domain,timestamp']
  let state = 4321
  const below = (n: number) => {
    state = (Math.imul(state, 1103515245) + 12345) >>> 0
    return Math.floor((state / 2 ** 32) * n)
  }
  for (let user = 0; user < 90; user++) {
    let place = below(12)
    for (let round = 0; round < 7; round++, place = (place + 5) % 12) {
      const item = below(12)
      const add = (domain: string, number: number, step: number) =>
        lines.push(`u${user},i${domain}-${number},${domain},${1_600_000_000 + (3 * round + step) * 3600}`)
      add(SOURCE, item, 0)
      add(COPY, item, 1)
      add(WALK, place, 2)
    }
  }
  return `${lines.join('\n')}\n`
}

beforeAll(async () => {
  writeText(folder, 'log.csv', knownWorld())
  await json('import', 'csv', 'log.csv', '--out', 'data')
  await json('train', 'sasrec', 'data', '--out', 'run', '--split-by', 'leave-two-out-per-domain', ...small)
})

test('serve --fallback auto needs a report', async () => {
  const outcome = await tributary(['serve', 'run', '--port', '0', '--fallback', 'auto'], { cwd: folder })
  expectRefusal(outcome, ['run/transfer.json', 'tributary transfer run'])
})

let report: Report

test('transfer trains the twin and says of each domain what is known of it', async () => {
  report = await json<Report>('transfer', 'run')
  const verdicts = Object.fromEntries(Object.entries(report.domains).map(([name, { verdict }]) => [name, verdict]))
  expect(verdicts).toEqual({ [COPY]: 'helped', [SOURCE]: 'no difference', [WALK]: 'harmed' })
  expect(report.validation.domains[WALK].verdict).toBe('harmed')
  expect(report.fallback.domains).toEqual([WALK])
  expect(report.domains[WALK].advice).toContain('--fallback auto')
  for (const one of [...Object.values(report.domains), report.overall, ...Object.values(report.validation.domains)]) {
    expect(Object.keys(one.model)).toEqual(METRICS)
    const { mean, low, high } = one.difference['ndcg@10']
    expect(mean).toBeCloseTo(one.model['ndcg@10'].mean - one.twin['ndcg@10'].mean, 12)
    expect(low).toBeLessThanOrEqual(mean)
    expect(high).toBeGreaterThanOrEqual(mean)
  }
  expect(report.domains[WALK]).toMatchObject({ cases: 90, model: { mrr: { std: null } } })
  expect(report.protocol).toMatchObject({ split: 'test', candidates: 'full', maskSeen: false })
  expect(report.validation.protocol).toMatchObject({ split: 'valid', candidates: 'full', maskSeen: false })
  expect(report.twin).toMatchObject({ name: 'sasrec:sequences=single', runs: [{ seed: 1 }] })
  // Equal but for what it sees.
  const optionsOf = (run: string) => {
    const { config } = JSON.parse(readFileSync(join(folder, run, 'manifest.json'), 'utf8')) as {
      config: Record<string, { value: unknown }>
    }
    return Object.fromEntries(Object.entries(config).map(([name, { value }]) => [name, value]))
  }
  expect(optionsOf(TWIN)).toEqual({ ...optionsOf('run'), sequences: 'single' })
  const { run, report: page, ...kept } = report
  expect(run).toBe('run')
  expect(JSON.parse(readFileSync(join(folder, 'run/transfer.json'), 'utf8'))).toEqual(kept)
  const html = readFileSync(join(folder, page), 'utf8')
  expect(html).toContain('<svg')
  expect(html).not.toMatch(/(src|href)="https?:/)
})

test('asked again, nothing is trained again, and people read what to do', async () => {
  const weights = readFileSync(join(folder, TWIN, 'weights.safetensors'))
  const { code, stdout, stderr } = await tributary(['transfer', 'run', '--table', 'verdicts.csv'], { cwd: folder })
  expect(code).toBe(0)
  expect(stderr).toBe('')
  expect(readFileSync(join(folder, TWIN, 'weights.safetensors'))).toEqual(weights)
  expect(stdout).toMatch(/^10 +90 .*harmed$/m)
  expect(stdout).toMatch(/^2 +90 .*helped$/m)
  expect(stdout).toMatch(/^10 +harmed +Serve the single-domain twin here/m)
  expect(stdout).toContain('a verdict of one seed can be the seed’s')
  expect(stdout).toContain('tables: verdicts.csv, verdicts-2.csv')
  const lines = readFileSync(join(folder, 'verdicts.csv'), 'utf8').split('\r\n')
  expect(lines[0]).toBe('ndcg@10,cases,sasrec,twin,difference,95 % interval,verdict')
  expect(lines.find((line) => line.startsWith('10,'))).toMatch(/^10,90,[\d.]+,[\d.]+,-[\d.]+,"\[-.*",harmed$/)
})

test('--against takes a twin that is there; --split and --candidates change what is reported, not the choice', async () => {
  cpSync(join(folder, TWIN), join(folder, 'twin'), { recursive: true })
  const other = await json<Report>(
    ...['transfer', 'run', '--against', 'twin', '--out', 'elsewhere', '--split', 'valid', '--candidates', 'sampled:5'],
  )
  expect(other.twin.runs).toEqual([{ folder: '../twin', seed: 1, weights: report.twin.runs[0].weights }])
  expect(other.model.runs[0].folder).toBe('../run')
  expect(other.protocol).toMatchObject({ split: 'valid', candidates: 'sampled:5' })
  expect(other.validation).toEqual(report.validation)
  expect(other.fallback).toEqual(report.fallback)
})

test('--least-users says how many users a verdict takes, and a fallback goes by verdicts alone', async () => {
  const few = await json<Report>('transfer', 'run', '--against', 'twin', '--out', 'few', '--least-users', '91')
  for (const domains of [few.domains, few.validation.domains])
    expect(Object.values(domains).map(({ verdict }) => verdict)).toEqual(Array(3).fill('too few users'))
  expect(few.fallback.domains).toEqual([])
  const { stdout } = await tributary(['evaluate', 'run', '--fallback', 'few/transfer.json', '--table', 'few.md'], {
    cwd: folder,
  })
  expect(stdout).toContain('no domain has a fallback')
  expect(readFileSync(join(folder, 'few.md'), 'utf8')).toMatch(
    /^sasrec on data\n\n\| domain \| cases \| .*\n\| --- \| ---: \|/,
  )
})

test('--seeds averages over seeds, of which the run itself is the first', async () => {
  const averaged = await json<Report>('transfer', 'run', '--seeds', '2', '--out', 'seeds')
  expect(averaged.model.runs.map(({ seed, folder: from }) => [seed, from])).toEqual([
    [1, '../run'],
    [2, 'transfer/sasrec/seed2'],
  ])
  expect(averaged.twin.runs.map(({ seed }) => seed)).toEqual([1, 2])
  expect(averaged.domains[WALK].verdict).toBe('harmed')
  expect(averaged.domains[WALK].model.mrr.std).toBeGreaterThan(0)
  const spread = await json<Report>('transfer', 'run', '--seeds', '2', '--out', 'spread', '--on', 'local:2')
  expect([spread.domains, spread.fallback]).toEqual([averaged.domains, averaged.fallback])
})

test('--twin names another twin, which is made to see one domain at a time', async () => {
  const twin = 'gru4rec:width=8:epochs=1'
  const { twin: made } = await json<Report>('transfer', 'run', '--twin', twin, '--out', 'other-twin')
  expect(made.name).toBe(`${twin}:sequences=single`)
})

test('evaluate --fallback auto measures what is served', async () => {
  const of = (...args: string[]) => json<Evaluation>('evaluate', ...args)
  const served = await of('run', '--fallback', 'auto')
  const [alone, twin] = [await of('run'), await of(TWIN)]
  expect(served.fallback).toEqual({ [WALK]: TWIN })
  expect(served.domains).toEqual({ ...alone.domains, [WALK]: twin.domains[WALK] })
  expect(alone).not.toHaveProperty('fallback')
})

test('serve --fallback auto answers from the twin where the model is harmed, and says so', async () => {
  const server = start(['serve', 'run', '--port', '0', '--fallback', 'auto', '--json'], { cwd: folder })
  const url = (await server.seen(/"url":"([^"]+)"/))[1]
  const [line] = await server.seen(/\{.*\}\n/)
  expect(JSON.parse(line)).toMatchObject({ models: ['run'], fallback: { [WALK]: TWIN } })
  const ask = async (domain: string) => {
    const response = await fetch(`${url}/v1/recommendations`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ user: 'u1', domain, k: 4, maskSeen: false }),
    })
    expect(response.status).toBe(200)
    return (await response.json()) as List
  }
  const direct = (run: string, domain: string, ...args: string[]) =>
    json<List>('recommend', run, '--user', 'u1', '--domain', domain, '-k', '4', '--keep-seen', ...args)
  const walk = await ask(WALK)
  expect(walk.fallback).toBe(SERVED_TWIN)
  const { items: twins } = await direct(TWIN, WALK)
  expect(walk.items).toMatchObject(twins)
  expect(walk.items).not.toMatchObject((await direct('run', WALK)).items)
  const copy = await ask(COPY)
  expect(copy).not.toHaveProperty('fallback')
  expect(copy.items).toMatchObject((await direct('run', COPY)).items)
  expect(await direct('run', WALK, '--fallback', 'auto')).toMatchObject({ items: twins, fallback: TWIN })
  const { domains } = (await (await fetch(`${url}/v1/domains`)).json()) as { domains: object[] }
  expect(domains).toContainEqual({ name: WALK, items: 12, fallback: SERVED_TWIN })
  server.process.kill('SIGINT')
  expect((await server.ended).code).toBe(0)
})

test.each([
  { args: ['transfer', 'nowhere'], parts: ['nowhere'] },
  { args: ['transfer', TWIN], parts: [TWIN, 'sequences=single', /model of all domains/] },
  { args: ['transfer', 'run', '--against', 'run'], parts: ['run', 'no single-domain twin'] },
  { args: ['transfer', 'run', '--against', 'twin', '--twin', 'sasrec'], parts: ['--twin', '--against'] },
  { args: ['transfer', 'run', '--twin', 'sasrec:sequences=mixed'], parts: ['--twin', 'sequences=single'] },
  { args: ['transfer', 'run', '--twin', 'item-knn'], parts: ['item-knn', 'one domain at a time', 'sasrec'] },
  { args: ['transfer', 'run', '--twin', 'sasrec,gru4rec'], parts: ['--twin takes one model'] },
  { args: ['transfer', 'run', '--candidates', 'everything'], parts: ["'everything'", 'sampled:100'] },
  { args: ['serve', 'run', 'twin', '--fallback', 'auto'], parts: ['--fallback', 'one run'] },
  { args: ['serve', 'run', '--fallback', '01=twin'], parts: ["'01'", "did you mean '10'"] },
  { args: ['serve', 'run', '--fallback', 'automatic'], parts: ["'automatic'", 'none, auto'] },
])('refuses $args', async ({ args, parts }) => {
  expectRefusal(await tributary(args, { cwd: folder }), parts)
})

test('a report says nothing of weights that came after it', async () => {
  const again = ['--overwrite', '--seed', '2', ...small, '--split-by', 'leave-two-out-per-domain']
  const serve = (path: string) => tributary(['serve', 'run', '--port', '0', '--fallback', path], { cwd: folder })
  await json('train', 'sasrec', 'data', '--out', 'twin', ...again, '--set', 'sequences=single')
  expectRefusal(await serve('elsewhere/transfer.json'), ['twin has been trained again', 'tributary transfer run'])
  rmSync(join(folder, 'twin'), { recursive: true })
  expectRefusal(await serve('elsewhere/transfer.json'), ['twin', 'tributary transfer run'])
  await json('train', 'sasrec', 'data', '--out', 'run', ...again)
  expectRefusal(await serve('seeds/transfer.json'), ['run has been trained again'])
})

test('--table is refused before the work where it cannot be written', async () => {
  writeText(folder, 'mine.csv', 'mine')
  for (const [file, ...words] of [
    ['figures.xlsx', '.csv, .md or .tex'],
    ['mine.csv', 'there already'],
    ['absent/a.md', 'does not exist'],
  ])
    expectRefusal(await tributary(['transfer', 'run', '--out', 'refused', '--table', file], { cwd: folder }), [
      file,
      ...words,
    ])
})
