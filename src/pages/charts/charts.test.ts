import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'

const sources = readdirSync(import.meta.dirname).filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))

it.each(sources)('%s needs nothing but Plot and its neighbors, so that a browser can have it', (file) => {
  const text = readFileSync(join(import.meta.dirname, file), 'utf8')
  const imported = [...text.matchAll(/\b(?:from |import\()'([^']+)'/g)].map(([, from]) => from)
  expect(imported.filter((from) => from !== '@observablehq/plot' && !/^\.\/[a-z-]+\.ts$/.test(from))).toEqual([])
})
