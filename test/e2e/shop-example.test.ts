import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { hasSqlite } from '../../src/serving/store/open.ts'
import { createFolder } from './tributary.ts'

const script = fileURLToPath(new URL('../../examples/shop/shop.mjs', import.meta.url))

test.skipIf(!hasSqlite())(
  `a shop goes live from a broken log (${hasSqlite() ? 'with its store' : 'this Node has no SQLite'})`,
  async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [script, 'shop', '150'], { cwd: createFolder() })
    // It ends with code 1 at the first thing that does not hold.
    expect(stdout.match(/✓/g)?.length).toBeGreaterThan(8)
    expect(stdout).toMatch(/^ {2}(promoted|kept): .+ndcg@10/m)
    expect(stdout).toMatch(/books: (helped|harmed|no difference|under-trained)\n/)
  },
)
