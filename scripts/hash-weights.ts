// Trains one small run a family with the command line of a checkout and prints the hash of its weights: two commits that print the same
// lines train the same models to the bit. The data sets are those of test/golden/older.
// Usage: tsx scripts/hash-weights.ts [root of a checkout] [models, default all]
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const own = fileURLToPath(new URL('..', import.meta.url))
const [root = own, ...wanted] = process.argv.slice(2)
const small = ['epochs=3', 'patience=0']
const narrow = [...small, 'width=8', 'maxLength=8']
const labels = [...small, 'width=4']
const acting = ['epochs=1', 'stepsPerEpoch=200', 'episodes=10', 'maxLength=5', 'hidden=8', 'worldModel=world']
const offline = ['epochs=1', 'updatesPerEpoch=20', 'hidden=8']
const split = ['--split-by', 'cross-domain:books:films']

const runs: readonly (readonly [model: string, dataset: string, set: readonly string[], more?: readonly string[]])[] = [
  ['sasrec', 'shop', [...narrow, 'inner=8']],
  ['sasrec', 'shop', [...narrow, 'inner=8', 'sequences=single', 'loss=bpr']],
  ['bert4rec', 'shop', [...narrow, 'inner=8']],
  ['gru4rec', 'shop', narrow],
  ['carca', 'shop', [...narrow, 'layers=1']],
  ['carca', 'shop', [...narrow, 'layers=1', 'loss=softmax']],
  ['carca', 'shop', [...narrow, 'layers=1', 'loss=bce']],
  ['sine', 'shop', narrow],
  ['syncrec', 'shop', narrow],
  ['cgrec', 'shop', [...narrow, 'inner=8']],
  ['bprmf', 'shop', [...small, 'width=8']],
  ['transrec', 'shop', [...small, 'width=8']],
  ['item-knn', 'shop', []],
  ['conet', 'rated', labels, split],
  ['minet', 'rated', labels, split],
  ['dasl', 'rated', labels, split],
  ['biao', 'rated', [...labels, 'base=conet', 'interval=3'], split],
  ['world-model', 'judged', ['epochs=2', 'width=2', 'hidden=8', 'ensemble=2']],
  ['mbpo', 'judged', acting],
  ['roler', 'judged', [...acting, 'tracker=sasrec']],
  ['darlr', 'judged', acting],
  ['cql', 'judged', offline],
  ['sqn', 'judged', offline],
  ['ucb', 'judged', ['epochs=1', 'hidden=8']],
]

const folder = mkdtempSync(join(tmpdir(), 'weights-'))
cpSync(join(own, 'test/golden/older'), folder, { recursive: true })
for (const [i, [model, dataset, set, more = []]] of runs.entries()) {
  if (wanted.length > 0 && !wanted.includes(model)) continue
  const options = [...set.flatMap((option) => ['--set', option]), '--threads', '2', '--seed', '7', ...more]
  const { status, stderr } = spawnSync(
    process.execPath,
    [
      '--import',
      import.meta.resolve('tsx'),
      join(resolve(root), 'src/cli/main.ts'),
      'train',
      model,
      dataset,
      '--out',
      `run${i}`,
      ...options,
    ],
    { cwd: folder, encoding: 'utf8' },
  )
  const said =
    status === 0
      ? JSON.parse(readFileSync(join(folder, `run${i}`, 'manifest.json'), 'utf8')).weightsHash
      : stderr.trim()
  console.log(
    `${[model, ...set.filter((option) => /sequences|base|tracker|loss/.test(option))].join(' ').padEnd(28)} ${said}`,
  )
}
rmSync(folder, { recursive: true })
