import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { checkImports, importsIn } from '../../scripts/check-imports.ts'
import { drawings } from '../../scripts/draw-house.ts'
import { ROOMS } from '../../scripts/rooms.ts'

// A small tree without a fault, into which each case plants one.
const CLEAN: Readonly<Record<string, string>> = {
  'src/core/query.ts': 'export type Query = number\n',
  'src/tensor/ops.ts': "import type { Query } from '../core/query.ts'\nexport const add: Query = 1\n",
  'src/nn/layers.ts': "import { add } from '../tensor/ops.ts'\nexport const linear = add\n",
  'src/data/split/split.ts': "import type { Query } from '../../core/query.ts'\nexport const split: Query = 1\n",
  'src/data/index.ts': "export { split } from './split/split.ts'\n",
  'src/models/sequence/sasrec.ts': "import { linear } from '../../nn/layers.ts'\nexport const sasrec = linear\n",
  'src/models/sequence/sasrec.contract.ts': "import { expectations } from '../../contract/index.ts'\n",
  'src/models/sequence/syncrec/index.ts': "export { gate as syncrec } from './gates.ts'\n",
  'src/models/sequence/syncrec/gates.ts': "import { split } from '../../../data/index.ts'\nexport const gate = split\n",
  'src/models/index.ts':
    "export { sasrec } from './sequence/sasrec.ts'\nexport { syncrec } from './sequence/syncrec/index.ts'\n",
  'src/policies/index.ts': "export { random } from './random.ts'\n",
  'src/models/sequence/syncrec/syncrec.contract.ts': 'export const expectations = []\n',
  'src/policies/random.contract.ts': 'export const expectations = []\n',
  'src/policies/random.ts': 'export const random = 1\n',
  'src/registry.ts': "import { sasrec, syncrec } from './models/index.ts'\nexport const MODELS = [sasrec, syncrec]\n",
  'src/runs/train.ts': "import { MODELS } from '../registry.ts'\nexport const train = MODELS\n",
  'docs/models/sasrec.md': '# sasrec\n',
  'docs/models/syncrec.md': '# syncrec\n',
  'docs/policies/random.md': '# random\n',
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
      "import '../data/index.ts'\n",
      'core imports data (src/data/index.ts), but may import only nothing',
    ],
    [
      'src/nn/layers.ts',
      "import type { X } from '../data/index.ts'\n",
      'nn imports data (src/data/index.ts), but may import only core, math, tensor',
    ],
    [
      'src/data/split/split.ts',
      "export const ops = () => import('../../tensor/ops.ts')\n",
      'data/split imports tensor (src/tensor/ops.ts), but may import only core, math',
    ],
    [
      'src/data/split/split.ts',
      "import '../batches/batches.ts'\n",
      'data/split imports data/batches (src/data/batches/batches.ts), but may import only core, math',
    ],
    [
      'src/rl/simulator/simulator.ts',
      "import '../shaping/pay.ts'\n",
      'rl/simulator imports rl/shaping (src/rl/shaping/pay.ts), but may import only core, math',
    ],
    [
      'src/models/sequence/sasrec.ts',
      "import { gate } from './syncrec/gates.ts'\n",
      'sasrec imports syncrec, but models stand alone; share code through families',
    ],
    [
      'src/policies/random.ts',
      "import { sasrec } from '../models/index.ts'\n",
      /^policies imports models \(src\/models\/index\.ts\), but may import only core, /,
    ],
    [
      'src/runs/train.ts',
      "import '../cli/main.ts'\n",
      /^runs imports cli \(src\/cli\/main\.ts\), but may import only core, /,
    ],
    ['src/core/query.ts', "import { x } from '../../test/worlds.ts'\n", 'imports test/worlds.ts, which is outside src'],
  ])('finds the violation planted in %s: %s', async (file, text, message) => {
    await plant(file, `// one line before\n${text}`)
    const told = found().find((line) => line.startsWith(`${file}:2: `))
    expect(told?.slice(`${file}:2: `.length)).toEqual(
      typeof message === 'string' ? message : expect.stringMatching(message),
    )
  })

  it.each(['src/extra/thing.ts', 'src/loose.ts'])('finds a file that is in no room: %s', async (file) => {
    await plant(file, 'export const thing = 1\n')
    expect(found()).toEqual([`${file}:1: ${file} is in no room; add one to scripts/rooms.ts`])
  })

  it('lets a room be imported by none but those that it is for', async () => {
    await plant('src/llm/client/index.ts', 'export const ask = 1\n')
    await plant('src/cli/commands/demonstrate.ts', "export const ask = () => import('../../llm/client/index.ts')\n")
    expect(found()).toEqual([])
    await plant('src/cli/commands/serve.ts', "export const ask = () => import('../../llm/client/index.ts')\n")
    expect(found()).toEqual([
      expect.stringMatching(
        /^src\/cli\/commands\/serve\.ts:1: imports llm\/client \(.*\), which only cli\/commands\/demonstrate\.ts, /,
      ),
    ])
  })

  it('has rooms whose arrows all run down', () => {
    const above = new Map(ROOMS.map(({ path }, place) => [path, place]))
    for (const [place, { path, imports }] of ROOMS.entries())
      for (const other of imports) expect(above.get(other), `${path} → ${other}`).toBeLessThan(place)
  })

  it('finds statements over several lines and gives the line of the path', async () => {
    await plant('src/nn/layers.ts', "import {\n  type A,\n  split,\n} from '../data/index.ts'\n")
    expect(found()).toEqual([
      'src/nn/layers.ts:4: nn imports data (src/data/index.ts), but may import only core, math, tensor',
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

  it('misses no model without docs page, contract or line in the list', async () => {
    await plant('src/models/sequence/gru4rec.ts', 'export const gru4rec = 1\n')
    expect(found()).toEqual([
      'src/models/sequence/gru4rec.ts:1: gru4rec has no docs page; write docs/models/gru4rec.md',
      'src/models/sequence/gru4rec.ts:1: gru4rec has no contract; write src/models/sequence/gru4rec.contract.ts',
      'src/models/sequence/gru4rec.ts:1: gru4rec has no line in src/models/index.ts',
    ])
  })

  it('leaves tests alone: they may reach for anything', async () => {
    await plant('src/core/query.test.ts', "import '../server/app.ts'\nimport '../../test/worlds.ts'\n")
    expect(found()).toEqual([])
  })
})

describe('language models', () => {
  const imports = importsIn(fileURLToPath(new URL('../..', import.meta.url)))
  function reachedFrom(file: string): string[] {
    const reached = new Set([file])
    for (const one of reached) for (const { from, to } of imports) if (from === one) reached.add(to)
    return [...reached].filter((one) => one.startsWith('llm/'))
  }

  it.each([
    'cli/commands/serve.ts',
    'cli/commands/train.ts',
    'cli/commands/simulate.ts',
    'server/index.ts',
    'policies/index.ts',
    'registry.ts',
    'index.ts',
  ])('are out of reach of %s', (file) => {
    expect(reachedFrom(file)).toEqual([])
  })

  it('are reached by the command that asks them', () => {
    expect(reachedFrom('cli/commands/demonstrate.ts')).toContain('llm/client/send.ts')
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

it('the picture and the table of the architecture page are those of the code', () => {
  const repository = fileURLToPath(new URL('../..', import.meta.url))
  for (const [file, text] of drawings(repository))
    expect(
      readFileSync(join(repository, file), 'utf8') === text,
      `${file}: npx tsx scripts/draw-house.ts makes it anew`,
    ).toBe(true)
})
