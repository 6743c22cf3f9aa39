import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { hasSqlite } from '../../src/serving/store/open.ts'
import { createFolder } from './tributary.ts'

const script = fileURLToPath(new URL('../../examples/ab-test/ab-test.mjs', import.meta.url))

test.skipIf(!hasSqlite())(
  `a model is foretold from the log, proved by an A/B and shipped where it helps (${hasSqlite() ? 'with its store' : 'this Node has no SQLite'})`,
  async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [script, 'week'], { cwd: createFolder() })
    // It ends with code 1 at the first thing that does not hold.
    expect(stdout.match(/✓/g)).toHaveLength(4)
    expect(stdout).toMatch(/^ {2}books: worse$/m)
    expect(stdout).toMatch(/^ {2}ship in (games and music|music and games), popular in books$/m)
    expect(stdout).toMatch(/ {2}books: popular@\w{6}\n {2}games: personal@\w{6}\n {2}music: personal@\w{6}\n/)
  },
)
