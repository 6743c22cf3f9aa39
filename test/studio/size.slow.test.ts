import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { STUDIO_FOLDER } from '../../src/server/studio.ts'

const MOST_BYTES = 120_000

test('the studio is no more than 120 kB that are sent', () => {
  const files = readdirSync(STUDIO_FOLDER, { recursive: true, encoding: 'utf8' }).filter((name) => /\.\w+$/.test(name))
  const sizes = Object.fromEntries(
    files.map((name) => [name, gzipSync(readFileSync(join(STUDIO_FOLDER, name)), { level: 9 }).length]),
  )
  const total = Object.values(sizes).reduce((sum, size) => sum + size, 0)
  expect(total, JSON.stringify(sizes)).toBeLessThanOrEqual(MOST_BYTES)
  // A map of the sources, or a file twice, would be no page.
  expect(files.filter((name) => !/\.(js|css|html|svg)$/.test(name))).toEqual([])
})
