import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { shopCsv } from './shop.ts'
import { createFolder, start, tributary, tributaryJson, writeText } from './tributary.ts'

// One job from the log to the answer over HTTP; every test goes on from the one before it.
const folder = createFolder()
const json = <T>(...args: string[]) => tributaryJson<T>(args, folder)
const number = expect.any(Number)
const RANKING = { 'hr@5': number, 'hr@10': number, 'ndcg@5': number, 'ndcg@10': number, 'mrr@10': number, mrr: number }
const DOMAINS = ['books', 'games', 'music']
const inEachDomain = (value: unknown) => Object.fromEntries(DOMAINS.map((name) => [name, value]))
const small = ['epochs=6', 'width=16', 'batchSize=16', 'maxLength=20'].flatMap((setting) => ['--set', setting])

interface Evaluation {
  domains: Record<string, Record<string, number>>
  overall: Record<string, number>
}

test('import', async () => {
  const shop = shopCsv()
  writeText(folder, 'shop.csv', shop)
  const report = await json('import', 'csv', 'shop.csv', '--out', 'shop')
  expect(report).toMatchObject({
    out: 'shop',
    name: 'shop',
    rows: 150 * 16,
    users: 150,
    items: 60,
    badRows: { count: 0 },
  })
  // Other names of columns, another delimiter, gzip: the same dataset.
  const renamed = shop.replace('user,item,domain,timestamp', 'customer,sku,department,bought').replaceAll(',', ';')
  writeFileSync(join(folder, 'renamed.csv.gz'), gzipSync(renamed))
  const columns = ['--user', 'customer', '--item', 'sku', '--domain', 'department', '--timestamp', 'bought']
  await json('import', 'csv', 'renamed.csv.gz', '--out', 'renamed', '--name', 'shop', '--delimiter', ';', ...columns)
  const hash = (dataset: string) =>
    (JSON.parse(readFileSync(join(folder, dataset, 'dataset.json'), 'utf8')) as { hash: string }).hash
  expect(hash('renamed')).toBe(hash('shop'))
})

test('describe', async () => {
  const description = await json<{ domains: { name: string }[] }>('describe', 'shop')
  expect(description).toMatchObject({ name: 'shop', interactions: 150 * 16, users: 150 })
  expect(description.domains.map(({ name }) => name)).toEqual(DOMAINS)
  const { stdout } = await tributary(['describe', 'shop'], { cwd: folder })
  for (const name of DOMAINS) expect(stdout).toContain(name)
})

test('train', async () => {
  const result = await json<{ result: { epochs: number } }>('train', 'sasrec', 'shop', '--out', 'sasrec', ...small)
  expect(result).toMatchObject({
    run: 'sasrec',
    model: 'sasrec',
    dataset: 'shop',
    split: 'leave-two-out',
    seed: 1,
    epochs: 6,
    bestEpoch: number,
    seconds: number,
  })
  await json('train', 'item-knn', 'shop', '--out', 'knn')
})

test('evaluate: the promised JSON, per domain and overall', async () => {
  const evaluation = await json<Evaluation>('evaluate', 'sasrec')
  expect(evaluation).toEqual({
    model: 'sasrec',
    dataset: 'shop',
    protocol: expect.objectContaining({ split: 'test', candidates: 'full', maskSeen: false, seed: number }),
    domains: inEachDomain({ cases: number, ...RANKING }),
    overall: { cases: 150, ...RANKING },
    macro: { cases: 150, ...RANKING },
    groups: expect.objectContaining({ notRepeated: { cases: number, ...RANKING } }),
    tiedCases: number,
    splitNotes: [],
  })
  // Learned: 20 items a domain give a shuffle .5 at most in hr@10, and a liking is 5 of 20 items.
  expect(evaluation.overall['hr@10']).toBeGreaterThan(0.6)
  const cases = Object.values(evaluation.domains).map((domain) => domain.cases)
  expect(cases.reduce((sum, n) => sum + n, 0)).toBe(150)
})

test('evaluate: other protocols are named in the output', async () => {
  const of = async (...args: string[]) => await json<Evaluation & { protocol: object }>('evaluate', 'knn', ...args)
  const full = await of()
  const all = await of('--candidates', 'all')
  const sampled = await of('--candidates', 'sampled:5')
  const masked = await of('--mask-seen', '--split', 'valid')
  expect(all.protocol).toMatchObject({ candidates: 'all' })
  expect(sampled.protocol).toMatchObject({ candidates: 'sampled:5' })
  expect(masked.protocol).toMatchObject({ split: 'valid', maskSeen: true })
  expect(all.overall.mrr).toBeLessThanOrEqual(full.overall.mrr)
  expect(sampled.overall.mrr).toBeGreaterThan(full.overall.mrr)
  // With five rivals the worst place is the sixth.
  expect(sampled.overall['hr@10']).toBe(1)
})

test('evaluate: candidates from a file', async () => {
  const others = DOMAINS.map((name) => Array.from({ length: 20 }, (_, i) => `${name}-${i}`))
  const last = new Map(
    shopCsv()
      .trim()
      .split('\n')
      .slice(1)
      .map((row) => row.split(',').slice(0, 2) as [string, string]),
  )
  const lines = [...last].map(([user, answer]) => {
    const domain = others.find((names) => names.includes(answer))!
    return [user, answer, ...domain.filter((name) => name !== answer).slice(0, 9)].join('\t')
  })
  const header = ['user', 'answer', ...Array.from({ length: 9 }, (_, i) => `n${i}`)].join('\t')
  writeText(folder, 'candidates.tsv', `${[header, ...lines].join('\n')}\n`)
  const evaluation = await json<Evaluation & { protocol: object }>('evaluate', 'knn', '--candidates', 'candidates.tsv')
  expect(evaluation.protocol).toMatchObject({ candidates: 'candidates.tsv' })
  expect(evaluation.overall).toMatchObject({ cases: 150, 'hr@10': 1 })
})

let list: { item: string; score: number; rank: number }[]

test('recommend', async () => {
  const ask = (...args: string[]) =>
    json<{ items: { item: string; score: number; rank: number }[] }>(
      'recommend',
      'sasrec',
      '--domain',
      'games',
      ...args,
    )
  list = (await ask('--user', 'u1', '-k', '4')).items
  expect(list).toHaveLength(4)
  expect(list.every(({ item }) => item.startsWith('games-'))).toBe(true)
  const scores = list.map(({ score }) => score)
  expect(scores).toEqual([...scores].sort((a, b) => b - a))
  const without = (await ask('--user', 'u1', '-k', '3', '--exclude', list[0].item)).items
  expect(without.map(({ item }) => item)).toEqual(list.slice(1).map(({ item }) => item))
  // A stranger is known by the history alone, and seen items are not recommended.
  const stranger = (await ask('--history', 'games-1,books-2', '-k', '20')).items
  expect(stranger).toHaveLength(19)
  expect(stranger.map(({ item }) => item)).not.toContain('games-1')
})

test('compare: the promised JSON, a verdict per domain, a report that opens offline', async () => {
  const models = ['sasrec:sequences=single:epochs=2:width=8', 'sasrec:epochs=2:width=8', 'popularity']
  const command = ['compare', models.join(','), 'shop', '--seeds', '2', '--out', 'comparison']
  const result = await json<{
    models: Record<string, { seeds: number[]; domains: Record<string, Record<string, { mean: number; std: number }>> }>
    differences: Record<string, Record<string, Record<string, { mean: number; low: number; high: number }>>>
  }>(...command)
  const measured = Object.fromEntries(Object.keys(RANKING).map((name) => [name, { mean: number, std: number }]))
  const compared = Object.fromEntries(
    Object.keys(RANKING).map((name) => [name, { mean: number, low: number, high: number }]),
  )
  expect(result).toMatchObject({ against: models[0] })
  expect(Object.keys(result.models)).toEqual(models)
  expect(Object.keys(result.differences)).toEqual(models.slice(1))
  for (const model of models) {
    expect(result.models[model]).toMatchObject({ seeds: [1, 2], seconds: number })
    for (const name of DOMAINS) expect(result.models[model].domains[name]).toMatchObject(measured)
  }
  for (const model of models.slice(1))
    for (const name of DOMAINS) {
      expect(result.differences[model][name]).toMatchObject(compared)
      const { mean, low, high } = result.differences[model][name]['ndcg@10']
      expect(low).toBeLessThanOrEqual(mean)
      expect(high).toBeGreaterThanOrEqual(mean)
    }
  expect(JSON.parse(readFileSync(join(folder, 'comparison/results.json'), 'utf8'))).toEqual(result)
  const report = readFileSync(join(folder, 'comparison/report.html'), 'utf8')
  expect(report).toContain('<svg')
  expect(report).not.toMatch(/(src|href)="https?:/)

  // The runs that it has left are compared alike.
  const left = models.flatMap((model) =>
    [2, 1].map((seed) => join('comparison', model.replaceAll(':', '-'), `seed${seed}`)),
  )
  const picked = await json<typeof result>('compare', '--runs', ...left)
  expect(Object.keys(picked.models)).toEqual(['sasrec:sequences=single', 'sasrec:sequences=mixed', 'popularity'])
  for (const part of ['models', 'differences'] as const)
    expect(Object.values(picked[part])).toEqual(Object.values(result[part]))

  // Trained by processes of their own, two at a time, they come to the same bits.
  const spread = await json<object>(...command.slice(0, -1), 'spread', '--on', 'local:2')
  const untimed = (results: object) =>
    JSON.parse(JSON.stringify(results).replaceAll(/"seconds":[\d.e-]+/g, '"seconds":0'))
  expect(untimed(spread)).toEqual(untimed(result))

  // Asked again, nothing is trained again, and people read a verdict for every domain.
  const manifest = join(folder, 'comparison', 'popularity', 'seed1', 'manifest.json')
  const before = readFileSync(manifest)
  const again = await tributary([...command, '--table', 'compared.tex'], { cwd: folder })
  expect(again.stdout).toContain('tables: compared.tex')
  const tables = readFileSync(join(folder, 'compared.tex'), 'utf8')
  expect(tables.match(/\\begin\{tabular\}/g)).toHaveLength(models.length)
  expect(tables).toContain('\\textbf{')
  expect(again.stderr).not.toMatch(/epoch/)
  for (const name of DOMAINS) expect(again.stdout).toMatch(new RegExp(`${name} .*(helped|harmed|no difference)`))
  expect(readFileSync(manifest)).toEqual(before)
})

test('a killed comparison goes on', async () => {
  const command = [
    'compare',
    'popularity,sasrec:epochs=40:width=8:patience=0',
    'shop',
    '--seeds',
    '1',
    '--out',
    'killed',
  ]
  const comparison = start(command, { cwd: folder })
  const weights = join(folder, 'killed/popularity/seed1/weights.safetensors')
  // The second model has begun, so the first is done.
  const second = join(folder, 'killed/sasrec-epochs=40-width=8-patience=0/seed1/manifest.json')
  while (!existsSync(second)) await new Promise((resolve) => setTimeout(resolve, 5))
  const { mtimeMs } = statSync(weights)
  comparison.process.kill('SIGKILL')
  await comparison.ended
  expect(await tributary(command, { cwd: folder })).toMatchObject({ code: 0 })
  expect(statSync(weights).mtimeMs).toBe(mtimeMs)
})

test('serve answers as recommend does, and tells about itself', async () => {
  const server = start(['serve', 'sasrec', '--port', '0', '--json'], { cwd: folder })
  await server.seen(/\}\n/)
  const url = (await server.seen(/"url":"([^"]+)"/))[1]
  const response = await fetch(`${url}/v1/recommendations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user: 'u1', domain: 'games', k: 4 }),
  })
  expect(response.status).toBe(200)
  const served = (await response.json()) as { items: { item: string; score: number; rank: number }[] }
  expect(served.items).toMatchObject(list)
  for (const path of ['/health', '/ready']) expect((await fetch(url + path)).status).toBe(200)
  expect(await (await fetch(`${url}/metrics`)).text()).toMatch(/^# HELP /m)
  expect(await (await fetch(`${url}/openapi.json`)).json()).toHaveProperty(['paths', '/v1/recommendations'])
  server.process.kill('SIGINT')
  expect((await server.ended).code).toBe(0)
})
