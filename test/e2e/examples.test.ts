import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { shopCsv } from './shop.ts'
import { createFolder, writeText } from './tributary.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const readme = readFileSync(`${root}/README.md`, 'utf8')
const example = readFileSync(`${root}/examples/ten-lines.mjs`, 'utf8')

test("the README's ten lines are the example's, and at most ten", () => {
  const shown = readme.match(/```ts\n([\s\S]*?)```/)![1]
  expect(shown).toBe(example)
  expect(shown.split('\n').filter((line) => line.trim() !== '').length).toBeLessThanOrEqual(10)
})

test('the example runs from the log to a list', async () => {
  const folder = createFolder()
  writeText(folder, 'shop.csv', shopCsv({ users: 60 }))
  const { stdout } = await promisify(execFile)(process.execPath, [`${root}/examples/ten-lines.mjs`], { cwd: folder })
  const list = stdout.trim().split('\n').slice(-5)
  for (const line of list) expect(line).toMatch(/^music-\d+ -?\d+\.\d{3}$/)
  expect(new Set(list).size).toBe(5)
})

test('the example of a comparison prints a verdict for each service, and docs/transfer.md shows it', async () => {
  const path = `${root}/examples/verdict.mjs`
  expect(readFileSync(`${root}/docs/transfer.md`, 'utf8')).toContain(readFileSync(path, 'utf8'))
  const folder = createFolder()
  writeText(folder, 'shop.csv', shopCsv({ users: 90 }))
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [path], { cwd: folder })
  const services = stdout.trim().split('\n')
  expect(services.map((line) => line.split(': ')[0])).toEqual(['books', 'games', 'music'])
  for (const line of services) expect(line).toMatch(/: (helped|harmed|no difference|under-trained)$/)
  expect(stderr.match(/^ended$/gm)).toHaveLength(2)
})

test('every link of the README leads to a file', () => {
  for (const [, path] of readme.matchAll(/\]\((?!https?:)([^)#]+)\)/g))
    expect(() => readFileSync(`${root}/${path}`), path).not.toThrow()
})
