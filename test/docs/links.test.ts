import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it, test } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }
import { type Link, PAGES, type Page, parsePage, readPage, root } from './pages.ts'

const pages = new Map(PAGES.map((page) => [page, readPage(page)]))

/** What is wrong with a link, if anything. */
function fault({ path, anchor }: Link, anchorsOf: (page: string) => Page['anchors'] | undefined): string | undefined {
  if (!existsSync(join(root, path))) return 'leads nowhere'
  if (!isShipped(path)) return 'leads out of the package'
  if (anchor !== undefined && anchorsOf(path)?.has(anchor) !== true) return 'names a heading that is not there'
  return undefined
}

/** By `files` of package.json; npm ships the README, the license and package.json itself. */
function isShipped(path: string): boolean {
  const folders = packageJson.files.filter((pattern) => !pattern.startsWith('!'))
  return (
    ['README.md', 'LICENSE', 'package.json'].includes(path) ||
    (folders.some((folder) => path === folder || path.startsWith(`${folder}/`)) && !path.endsWith('.test.ts'))
  )
}

test.each(PAGES)('every link of %s leads to a heading or a file that the package holds', (page) => {
  const faults = pages.get(page)!.links.flatMap((link) => {
    const what = fault(link, (path) => pages.get(path)?.anchors)
    return what === undefined ? [] : [`${link.place} ${what}`]
  })
  expect(faults).toEqual([])
})

test('every page can be reached from the README', () => {
  const reached = new Set<string>()
  const visit = (page: string) => {
    if (reached.has(page) || !pages.has(page)) return
    reached.add(page)
    for (const { path } of pages.get(page)!.links) visit(path)
  }
  visit('README.md')
  expect(PAGES.filter((page) => !reached.has(page))).toEqual([])
})

it.each([
  { markdown: '[x](docs/no-such-page.md)', what: 'leads nowhere' },
  { markdown: '![x](docs/no-such-picture.svg)', what: 'leads nowhere' },
  { markdown: '[x](test/docs/links.test.ts)', what: 'leads out of the package' },
  { markdown: '# A `b` c\n\n[x](#a-b-d)', what: 'names a heading that is not there' },
  { markdown: '# A `b` c\n\n[x](#a-b-c) [y](docs/cli.md) [z](https://example.org/)', what: undefined },
])('finds what is wrong with a link: $markdown', ({ markdown, what }) => {
  const page = parsePage('README.md', markdown)
  const faults = page.links.map((link) => fault(link, (path) => (path === 'README.md' ? page.anchors : new Set())))
  expect(faults.find((found) => found !== undefined)).toBe(what)
})
