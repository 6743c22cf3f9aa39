import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createFolder, start, tributary, tributaryJson } from './tributary.ts'

// What a newcomer runs first, as it is; only the folder and the port are the test's.
const folder = createFolder()
const out = join(folder, 'quickstart')

test('quickstart finds what is planted in the demo world and writes a report', async () => {
  const result = await tributaryJson<{ verdicts: Record<string, string>; report: string }>(
    ['quickstart', '--no-serve', '--out', out],
    folder,
  )
  expect(Object.keys(result.verdicts)).toEqual(['Games', 'Music', 'Shop', 'Travel', 'Video'])
  expect(result.verdicts).toMatchObject({ Music: 'harmed', Travel: 'helped' })
  const report = readFileSync(result.report, 'utf8')
  expect(report).toContain('<svg')
  expect(report).not.toMatch(/(src|href)="https?:/)
})

test('a second run reuses the first, prints the tables, serves, and its curl works', async () => {
  const weights = join(out, 'sasrec-mixed/seed1/weights.safetensors')
  const { mtimeMs } = statSync(weights)
  const quickstart = start(['quickstart', '--out', out, '--port', '0'], { cwd: folder })
  const [, url, body] = await quickstart.seen(/curl -s (\S+) -H 'Content-Type: application\/json' -d '(.*)'/)
  const response = await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: body })
  expect(response.status).toBe(200)
  expect(((await response.json()) as { items: unknown[] }).items).toHaveLength(5)
  quickstart.process.kill('SIGINT')
  const { code, stdout, stderr } = await quickstart.ended
  expect(stderr).toContain('4 of 4 runs')
  expect(stdout).toMatch(/^one seed, .*; \* is the best of a row$/m)
  expect(stdout).toMatch(/^Travel +\d.*\]\*/m)
  expect(stdout).toMatch(/^Travel .*helped$/m)
  expect(stdout).toMatch(/^Music .*harmed$/m)
  expect(stdout).toMatch(/^overall .*\[0\.\d{3}, 0\.\d{3}\]/m)
  expect(code).toBe(0)
  expect(statSync(weights).mtimeMs).toBe(mtimeMs)
})

test('a model that was trained domain by domain is drawn domain by domain', async () => {
  const twin = join(out, 'sasrec-single-domain/seed1')
  const page = join(folder, 'twin.html')
  expect((await tributary(['report', twin, '--out', page])).code).toBe(0)
  const legends = [...readFileSync(page, 'utf8').matchAll(/<ul class="legend">(.*?)<\/ul>/g)].map(([, items]) =>
    items.split(/<[^>]*>/).filter((text) => text !== ''),
  )
  const services = ['Games', 'Music', 'Shop', 'Travel', 'Video']
  expect(legends).toEqual([services, services])
  // What was measured last was measured in the last service alone.
  const { result } = JSON.parse(readFileSync(join(twin, 'manifest.json'), 'utf8'))
  expect(result).not.toHaveProperty('validation')
})

test('a folder of another dataset is refused', async () => {
  const { code, stderr } = await tributary(['quickstart', '--no-serve', '--out', join(out, 'report.html')])
  expect(stderr).toMatch(/^error: .*report\.html/m)
  expect(code).toBe(1)
})
