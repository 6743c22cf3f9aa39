import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { CONTROLS, METRICS, MODELS, READERS } from '../../src/registry.ts'
import { root } from './pages.ts'

/** The rows of the table of a page that is headed by `first`, by every name in code in their first column. */
function rowsByName(page: string, first: string): Map<string, string[]> {
  const lines = readFileSync(join(root, page), 'utf8').split('\n')
  const head = lines.findIndex((line) => line.startsWith(`| ${first} |`))
  expect(head, `${page} has a table headed by '${first}'`).toBeGreaterThanOrEqual(0)
  const rows = lines.slice(head + 2)
  const table = rows.slice(
    0,
    rows.findIndex((line) => !line.startsWith('|')),
  )
  return new Map(
    table.flatMap((line) => {
      const cells = line.split('|').slice(1, -1)
      return Array.from(
        cells[0].matchAll(/`([^`]+)`/g),
        ([, name]) => [name, cells.map((cell) => cell.trim())] as const,
      )
    }),
  )
}

const sorted = (names: Iterable<string>) => [...new Set(names)].sort()

test("the README's tables have every model and policy, each with its page and its paper's venue and year", () => {
  const rows = new Map([...rowsByName('README.md', 'model'), ...rowsByName('README.md', 'policy')])
  expect(sorted(rows.keys())).toEqual(sorted(MODELS.map(({ name }) => name)))
  for (const { name, task, paper } of MODELS) {
    const [names, , source] = rows.get(name)!
    expect(names).toContain(`[\`${name}\`](docs/${task === 'policy' ? 'policies' : 'models'}/${name}.md)`)
    if (paper === undefined) expect(source, name).toBe('')
    else expect(source, name).toMatch(new RegExp(`, ${paper.venue} ${paper.year}$`))
  }
})

test.each(['README.md', 'docs/data.md'])('the table of readers in %s is that of the registry', (page) => {
  expect(sorted(rowsByName(page, 'reader').keys())).toEqual(sorted(READERS.map(({ name }) => name)))
})

test('the tables of metrics are those of the registry', () => {
  const names = METRICS.map(({ name }) => name.replace(/@\d+$/, '@k'))
  const told = ['metric', 'list metric'].flatMap((first) => [...rowsByName('docs/evaluation.md', first).keys()])
  expect(sorted(told)).toEqual(sorted(names))
})

test("the table of a simulator's controls is that of the registry, with who knows the truth", () => {
  const told = [...rowsByName('docs/policies/controls.md', 'policy')].map(([name, cells]) => [name, cells.at(-1)])
  expect(told).toEqual(CONTROLS.map(({ name, knowsTruth }) => [name, knowsTruth ? 'yes' : 'no']))
})
