import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkImports } from '../../scripts/check-imports.ts'

// A small tree without a fault, into which each case plants one.
const CLEAN: Readonly<Record<string, string>> = {
  'src/core/query.ts': 'export type Query = number\n',
  'src/tensor/ops.ts': "import type { Query } from '../core/query.ts'\nexport const add: Query = 1\n",
  'src/nn/layers.ts': "import { add } from '../tensor/ops.ts'\nexport const linear = add\n",
  'src/data/split.ts': "import type { Query } from '../core/query.ts'\nexport const split: Query = 1\n",
  'src/models/sasrec.ts': "import { linear } from '../nn/layers.ts'\nexport const sasrec = linear\n",
  'src/models/syncrec/index.ts': "export { gate as syncrec } from './gates.ts'\n",
  'src/models/syncrec/gates.ts': "import { split } from '../../data/split.ts'\nexport const gate = split\n",
  'src/registry.ts':
    "import { sasrec } from './models/sasrec.ts'\nimport { syncrec } from './models/syncrec/index.ts'\nexport const MODELS = [sasrec, syncrec]\n",
  'src/recommend.ts': "import type { Query } from './core/query.ts'\nexport const recommend: Query = 1\n",
  'src/server/app.ts': "import { MODELS } from '../registry.ts'\nexport const app = MODELS\n",
  'docs/models/sasrec.md': '# sasrec\n',
  'docs/models/syncrec.md': '# syncrec\n',
}

let root: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'imports-'))
  for (const [file, text] of Object.entries(CLEAN)) await plant(file, text)
})
afterEach(() => rm(root, { recursive: true, force: true }))

async function plant(file: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, file)), { recursive: true })
  await writeFile(join(root, file), text)
}

const found = () => checkImports(root).map(({ file, line, message }) => `${file}:${line}: ${message}`)

describe('checkImports', () => {
  it('has nothing to say about a clean tree', () => {
    expect(found()).toEqual([])
  })

  it.each([
    [
      'src/core/query.ts',
      "import '../data/split.ts'\n",
      'core imports data (src/data/split.ts), but may import only nothing',
    ],
    [
      'src/nn/layers.ts',
      "import type { X } from '../data/split.ts'\n",
      'nn imports data (src/data/split.ts), but may import only core, tensor',
    ],
    [
      'src/data/split.ts',
      "export const ops = () => import('../tensor/ops.ts')\n",
      'data imports tensor (src/tensor/ops.ts), but may import only core',
    ],
    [
      'src/models/sasrec.ts',
      "export { MODELS } from '../registry.ts'\n",
      'models imports registry (src/registry.ts), but may import only core, tensor, nn, data, sequential, cross-domain, rl',
    ],
    [
      'src/models/sasrec.ts',
      "import { gate } from './syncrec/gates.ts'\n",
      'sasrec imports syncrec, but models stand alone; share code through nn, data or sequential',
    ],
    [
      'src/models/sasrec.ts',
      "import { recommend } from '../recommend.ts'\n",
      'models imports flows (src/recommend.ts), but may import only core, tensor, nn, data, sequential, cross-domain, rl',
    ],
    ['src/core/query.ts', "import { x } from '../../test/worlds.ts'\n", 'imports test/worlds.ts, which is outside src'],
    [
      'src/extra/thing.ts',
      "import '../core/query.ts'\n",
      'src/extra is in no layer; add it to LAYERS of scripts/check-imports.ts',
    ],
  ])('finds the violation planted in %s: %s', async (file, text, message) => {
    await plant(file, `// one line before\n${text}`)
    expect(found()).toContain(`${file}:2: ${message}`)
  })

  it('finds statements over several lines and gives the line of the path', async () => {
    await plant('src/nn/layers.ts', "import {\n  type A,\n  split,\n} from '../data/split.ts'\n")
    expect(found()).toEqual([
      'src/nn/layers.ts:4: nn imports data (src/data/split.ts), but may import only core, tensor',
    ])
  })

  it('finds a circle once, unless types alone close it', async () => {
    await plant('src/nn/a.ts', "import { b } from './b.ts'\nexport const a = b\n")
    await plant('src/nn/b.ts', "import { c } from './c.ts'\nexport const b = c\n")
    await plant('src/nn/c.ts', "import { type a } from './a.ts'\nexport const c = 1\n")
    expect(found()).toEqual([])
    await plant('src/nn/c.ts', "import { a } from './a.ts'\nexport const c = a\n")
    expect(found()).toEqual(['src/nn/c.ts:1: closes a circle of imports: nn/a.ts → nn/b.ts → nn/c.ts → nn/a.ts'])
  })

  it('misses no model without docs page or registry line', async () => {
    await plant('src/models/gru4rec.ts', 'export const gru4rec = 1\n')
    expect(found()).toEqual([
      'src/models/gru4rec.ts:1: gru4rec has no docs page; write docs/models/gru4rec.md',
      'src/models/gru4rec.ts:1: gru4rec has no line in src/registry.ts',
    ])
  })

  it('leaves tests alone: they may reach for anything', async () => {
    await plant('src/core/query.test.ts', "import '../server/app.ts'\nimport '../../test/worlds.ts'\n")
    expect(found()).toEqual([])
  })
})

it('as a script prints file and line, and exits with 1', async () => {
  const script = fileURLToPath(new URL('../../scripts/check-imports.ts', import.meta.url))
  const tsx = fileURLToPath(new URL('../../node_modules/tsx/dist/cli.mjs', import.meta.url))
  const run = () => spawnSync(process.execPath, [tsx, script, root], { encoding: 'utf8' })
  expect(run()).toMatchObject({ status: 0, stdout: '' })
  await plant('src/core/query.ts', "import '../server/app.ts'\n")
  const { status, stdout } = run()
  expect(status).toBe(1)
  expect(stdout).toContain('src/core/query.ts:1: core imports server')
})
