// Trains a small run of every model with the command line of a checkout and prints the hash of its weights: two commits that print the same
// lines train the same models to the bit. The data sets are those of test/golden/older.
// Usage: tsx scripts/hash-weights.ts [root of a checkout] [models, default all]
import { spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

interface Listed {
  readonly name: string
  readonly task: 'ranking' | 'ctr' | 'rating' | 'policy'
  readonly options: readonly { readonly name: string }[]
}

const own = fileURLToPath(new URL('..', import.meta.url))
const [root = own, ...wanted] = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'weights-'))
const tributary = (...words: readonly string[]) =>
  spawnSync(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), join(resolve(root), 'src/cli/main.ts'), ...words],
    {
      cwd: folder,
      encoding: 'utf8',
    },
  )

const short = { epochs: 3, patience: 0 }
const split = ['--split-by', 'cross-domain:books:films']
/** How models of a task are run; of the options those count that a model has. */
const SMALL: Readonly<
  Record<
    Listed['task'],
    {
      readonly dataset: string
      readonly set: Readonly<Record<string, string | number>>
      readonly more: readonly string[]
    }
  >
> = {
  ranking: {
    dataset: 'shop',
    set: { ...short, width: 8, maxLength: 8, inner: 8, hidden: 8, expertEpochs: 1 },
    more: [],
  },
  ctr: { dataset: 'rated', set: { ...short, width: 4, interval: 3 }, more: split },
  rating: { dataset: 'rated', set: { ...short, width: 2, hidden: 8, ensemble: 2 }, more: split },
  policy: {
    dataset: 'judged',
    set: {
      ...{ epochs: 1, hidden: 8, maxLength: 5, worldModel: 'world' },
      ...{ stepsPerEpoch: 200, episodes: 10, updatesPerEpoch: 20 },
    },
    more: [],
  },
}
/** World models know no split. */
const worldModels = ['world-model', 'world-blend', 'als']
/** Other forms of models, by what is set beside. */
const FORMS: Readonly<Record<string, readonly string[]>> = {
  sasrec: ['sequences=single loss=bpr'],
  carca: ['loss=softmax', 'loss=bce'],
  clfm: ['loss=softmax'],
  dtcdr: ['combine=mean loss=bce', 'combine=concatenation loss=softmax'],
  deepapf: ['loss=sampled-softmax'],
  biao: ['base=minet'],
  roler: ['tracker=sasrec'],
}

cpSync(join(own, 'test/golden/older'), folder, { recursive: true })
const { models } = JSON.parse(tributary('models', '--json').stdout) as { readonly models: readonly Listed[] }
/** ips learns in a world model of weighted rows alone. */
const weighted = ['weighting=inverse-propensity', 'epochs=1', 'width=2', 'hidden=8'].flatMap((option) => [
  '--set',
  option,
])
let runs = 0
for (const { name, task, options } of models) {
  if (wanted.length > 0 && !wanted.includes(name)) continue
  const { dataset, set, more } = worldModels.includes(name)
    ? { ...SMALL.rating, dataset: 'judged', more: [] }
    : SMALL[task]
  const isIps = name === 'ips'
  if (isIps) tributary('train', 'world-model', dataset, '--out', 'weighted', ...weighted)
  const known = Object.entries({ ...set, ...(isIps && { worldModel: 'weighted' }) }).filter(([option]) =>
    options.some((one) => one.name === option),
  )
  for (const form of ['', ...(FORMS[name] ?? [])]) {
    const given = [...known.map(([option, value]) => `${option}=${value}`), ...form.split(' ').filter(Boolean)]
    const out = `run${runs++}`
    const { status, stderr } = tributary(
      ...['train', name, dataset, '--out', out, ...given.flatMap((option) => ['--set', option])],
      ...['--threads', '2', '--seed', '7', ...more],
    )
    const said =
      status === 0 ? JSON.parse(readFileSync(join(folder, out, 'manifest.json'), 'utf8')).weightsHash : stderr.trim()
    console.log(`${`${name} ${form}`.padEnd(48)} ${said}`)
  }
}
rmSync(folder, { recursive: true })
