import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, test } from 'vitest'
import { table, wrapped } from '../../reproduce/shared/markdown.ts'
import { PAGES, root } from './pages.ts'

const COLUMNS = 6
const LINE = 200

/** Tables wider than the text beside them, and lines of sentences that no editor shows whole. */
function faults(text: string): string[] {
  let code = false
  return text.split('\n').flatMap((line, i) => {
    if (line.startsWith('```')) code = !code
    const columns = /^\|[-: |]+\|$/.test(line) ? line.split('|').length - 2 : 0
    if (columns > COLUMNS) return [`line ${i + 1}: ${columns} columns`]
    // A single word, such as settings in JSON, cannot be broken.
    const long = !code && !line.startsWith('|') && line.length > LINE && line.trim().includes(' ')
    return long ? [`line ${i + 1}: ${line.length} characters`] : []
  })
}

// A diary and a list of changes are read entry by entry.
const diaries = ['docs/log.md', 'CHANGELOG.md']
test.each(PAGES.filter((page) => !diaries.includes(page)))('%s fits a screen', (page) => {
  expect(faults(readFileSync(join(root, page), 'utf8'))).toEqual([])
})

it('finds a wide table and a long line', () => {
  const long = `${'word '.repeat(50)}\n`
  expect(
    faults(`| a | b | c | d | e | f | g |\n|---|---|---|---|---|---|---|\n\n${long}\n\`\`\`\n${long}\`\`\`\n`),
  ).toEqual(['line 2: 7 columns', 'line 4: 250 characters'])
})

// What is searched for by those who come from elsewhere.
test.each([
  ...['cold start', 'retrain', 'nightly', 'cron', 'A/B', 'out of stock', 'replica', 'Docker', 'GPU', 'CUDA', 'top-k'],
  ...['hyper-parameter', 'new item', 'TensorBoard', 'filter', 'reload'],
])('README and glossary have the word %s', (word) => {
  for (const page of ['README.md', 'docs/glossary.md'])
    expect(readFileSync(join(root, page), 'utf8').toLowerCase(), page).toContain(word.toLowerCase())
})

describe('pages that are written by scripts', () => {
  it('have a wide table as several, each with the names of the rows', () => {
    const head = ['', ...'abcdefgh']
    const rows = [1, 2].map((row) => [`row ${row}`, ...head.slice(1).map((column) => `${column}${row}`)])
    expect(table(head, rows)).toBe(`|  | a | b | c | d |
| --- | ---: | ---: | ---: | ---: |
| row 1 | a1 | b1 | c1 | d1 |
| row 2 | a2 | b2 | c2 | d2 |

|  | e | f | g | h |
| --- | ---: | ---: | ---: | ---: |
| row 1 | e1 | f1 | g1 | h1 |
| row 2 | e2 | f2 | g2 | h2 |`)
    expect(table(['', 'a'], [['row', '1']])).toBe('|  | a |\n| --- | ---: |\n| row | 1 |')
  })

  it('have their long lines broken, and nothing else', () => {
    const words = (n: number) => Array(n).fill('longword').join(' ')
    const kept = `# ${words(20)}\n\n| ${words(20)} |\n\n\`\`\`\n${words(20)}\n\`\`\`\n\nshort\nlines\n`
    expect(wrapped(kept)).toBe(kept)
    expect(wrapped(`- ${words(20)}\n- short\n`)).toBe(`- ${words(13)}\n  ${words(7)}\n- short\n`)
    expect(wrapped(`${words(13)} - ${words(3)}`)).toBe(`${words(13)} -\n${words(3)}`)
    const page = readFileSync(join(root, 'docs/results/darlr.md'), 'utf8')
    expect(wrapped(page)).toBe(page)
  })
})
