import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }
import { PAGES, root } from '../docs/pages.ts'

const site = join(root, 'website/dist')
let html: readonly string[]
beforeAll(() => {
  // Its warnings are errors: a link that leads nowhere, a name that the reference does not hold.
  execFileSync('npm', ['run', '--silent', 'docs'], { cwd: root })
  html = readdirSync(site, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.html'))
})

const read = (file: string): string => readFileSync(join(site, file), 'utf8')

test('the site holds every page, every entry of the package, and an index to search', () => {
  expect(html.filter((file) => file.startsWith('documents/')).length).toBe(PAGES.length - 1) // the README is index.html
  const contents = read('modules.html')
  for (const entry of Object.keys(packageJson.exports))
    expect(contents).toContain(entry.replace(/^\./, 'tributary-rec'))
  expect(existsSync(join(site, 'assets/search.js'))).toBe(true)
})

test('every address in the site is there, and nothing is loaded from elsewhere', () => {
  const faults = html.flatMap((file) =>
    [...read(file).matchAll(/<(\w+)[^>]*? (?:href|src)="([^"#]*)/g)].flatMap(([, element, address]) => {
      if (/^https?:/.test(address)) return element === 'a' ? [] : [`${file} loads ${address}`]
      const target = join(site, dirname(file), decodeURIComponent(address))
      return address === '' || existsSync(target) ? [] : [`${file} → ${address}`]
    }),
  )
  expect(faults).toEqual([])
})
