// The main job on real logs: `npx tsx reproduce/amazon5.ts --help` says how.
import { existsSync } from 'node:fs'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { amazon5Candidates, importAmazon5 } from '../bench/syncrec/amazon5.ts'
import { Part } from '../src/core/index.ts'
import { evaluationCases } from '../src/data/index.ts'
import { type Candidates, evaluate } from '../src/evaluation/measures/index.ts'
import { writeFileAtomic } from '../src/files/atomic.ts'
import { mean, pairedBootstrap, standardDeviation } from '../src/math/bootstrap.ts'
import { hr } from '../src/metrics/hr.ts'
import { ndcg } from '../src/metrics/ndcg.ts'
import { trainRun } from '../src/runs/train.ts'
import { oneOf, readOptions, someOf, unlessNo, whole } from './shared/command.ts'
import { signed } from './shared/figures.ts'
import { table, wrapped } from './shared/markdown.ts'

interface Entry {
  readonly label: string
  readonly model: string
  readonly set: Readonly<Record<string, unknown>>
}

const entries: readonly Entry[] = [
  { label: 'random', model: 'random', set: {} },
  { label: 'popularity', model: 'popularity', set: {} },
  { label: 'item-knn', model: 'item-knn', set: { recency: 1, repeats: false } },
  { label: 'bprmf', model: 'bprmf', set: {} },
  { label: 'gru4rec', model: 'gru4rec', set: {} },
  { label: 'sasrec', model: 'sasrec', set: {} },
  { label: 'sasrec, single-domain twins', model: 'sasrec', set: { sequences: 'single' } },
  { label: 'sasrec, random initialization', model: 'sasrec', set: { initialization: 'random' } },
  { label: 'sasrec, bpr', model: 'sasrec', set: { loss: 'bpr' } },
  { label: 'sasrec, bce', model: 'sasrec', set: { loss: 'bce' } },
  { label: 'sasrec, sampled-softmax', model: 'sasrec', set: { loss: 'sampled-softmax' } },
]

const SPLITS = ['mixed', 'per_domain'] as const
const AMONG = ['indomain', 'alldomain'] as const
const labels = entries.map(({ label }) => label)
const values = readOptions({
  script: 'amazon5.ts',
  does: `Every general and sequential model on the fixed amazon5 splits, ranked over the whole catalogue, in its domain, and on the given
    candidates; nothing is masked. Mixed, the last event of each user is asked for (2,601 test cases), per domain the last in each domain that a user
    has three events in (3,716). A killed comparison goes on where it was.`,
  results: `a resumable run a model and seed below .results/amazon5; the page of all models, mixed and among candidates of the domain, is docs/results/amazon5.md.`,
  options: {
    seeds: whole('seeds 1 to N', 3),
    threads: whole('threads of a training', 2),
    only: someOf('models', labels),
    split: oneOf('what is asked for', SPLITS, 'mixed'),
    candidates: oneOf('where the given candidates are from; alldomain is of the mixed split', AMONG, 'indomain'),
    write: unlessNo('print the page, but do not write it'),
  },
})

type Metrics = Readonly<Record<string, number>>
type Protocol = 'all' | 'full' | 'given'
type Result = Readonly<Record<Protocol | 'notRepeated', Metrics>> & {
  /** Of each case among the given candidates, for paired intervals. */
  readonly ranks: readonly number[]
  /** 1 where the answer does not stand in the user's own history. */
  readonly isNew: readonly number[]
  readonly users: readonly number[]
  readonly epochs: number
  readonly seconds: number
}

const protocols: Readonly<Record<Protocol, () => Candidates>> = {
  all: () => ({ kind: 'all' }),
  full: () => ({ kind: 'full' }),
  given: () => ({ kind: 'file', path: amazon5Candidates(values.candidates, values.split) }),
}

async function resultOf(entry: Entry, seed: number, datasetFolder: string): Promise<Result> {
  const folder = values.split === 'mixed' ? '.results/amazon5' : `.results/amazon5-${values.split}`
  const out = join(folder, entry.label.replaceAll(/[^a-z0-9]+/g, '-'), `seed${seed}`)
  const file = join(out, values.candidates === 'indomain' ? 'result.json' : `result-${values.candidates}.json`)
  if (existsSync(file)) return JSON.parse(await readFile(file, 'utf8')) as Result
  await mkdir(join(out, '..'), { recursive: true })
  const training = trainRun({
    model: entry.model,
    overrides: entry.set,
    datasetFolder,
    out,
    splitName: 'column',
    seed,
    threads: values.threads,
    resume: true,
  })
  let next = await training.next()
  while (!next.done) {
    if (next.value.type === 'epoch' && next.value.epoch % 10 === 0)
      console.log(`${entry.label} seed ${seed} epoch ${next.value.epoch} ${JSON.stringify(next.value.losses)}`)
    next = await training.next()
  }
  const { model, dataset, split, run } = next.value
  const cases = evaluationCases(dataset, split, Part.test)
  const metrics: Record<string, unknown> = {}
  for (const [name, candidates] of Object.entries(protocols)) {
    // Exact ties (popularity, nearest neighbors) are broken at random, as in the peer measurements; by the run's seed, so that
    // the spread of models without randomness of their own is that of their ties.
    const evaluation = await evaluate(model, dataset, cases, {
      candidates: candidates(),
      maskSeen: false,
      seed,
      ties: 'random',
    })
    metrics[name] = evaluation.overall
    if (name !== 'given') continue
    metrics.notRepeated = evaluation.groups.notRepeated
    metrics.ranks = [...evaluation.ranks]
    metrics.isNew = [...evaluation.members.notRepeated!]
    metrics.users = [...evaluation.users]
  }
  await model.dispose()
  const { epochs = 0, seconds = 0 } = run.manifest.result ?? {}
  const result = { ...metrics, epochs, seconds } as unknown as Result
  await writeFileAtomic(file, `${JSON.stringify(result)}\n`)
  return result
}

// What is missing shows before hours of training.
const datasetFolder = await importAmazon5('.results/datasets', values.split)
amazon5Candidates(values.candidates, values.split)
const chosen = entries.filter(({ label }) => values.only.includes(label))
const seeds = Array.from({ length: values.seeds }, (_, i) => i + 1)
const rows: string[][] = []
const paired: string[][] = []
const byLabel = new Map<string, readonly Result[]>()

/** Mean over seeds of a metric of each case among the given candidates. */
function perCase(results: readonly Result[], value: (rank: number) => number): Float64Array {
  return Float64Array.from(results[0].ranks, (_, k) => mean(results.map(({ ranks }) => value(ranks[k]))))
}

/** How far a model is above item-kNN, with its interval, over all cases or over those whose answer is new to the user. */
function aboveKnn(results: readonly Result[], value: (rank: number) => number, onlyNew: boolean): string {
  const knn = byLabel.get('item-knn')!
  const kept = results[0].isNew.flatMap((isNew, k) => (onlyNew && !isNew ? [] : [k]))
  const pick = (all: Float64Array) => Float64Array.from(kept, (k) => all[k])
  const users = Int32Array.from(kept, (k) => results[0].users[k])
  const interval = pairedBootstrap(pick(perCase(results, value)), pick(perCase(knn, value)), { users, seed: 0 })
  return `${signed(interval.mean)} [${signed(interval.low)}, ${signed(interval.high)}]`
}

for (const entry of chosen) {
  const results: Result[] = []
  for (const seed of seeds) results.push(await resultOf(entry, seed, datasetFolder))
  byLabel.set(entry.label, results)
  const cell = (protocol: Protocol | 'notRepeated', metric: string) => {
    const numbers = results.map((result) => result[protocol][metric])
    const deviation = numbers.length > 1 ? standardDeviation(numbers) : 0
    return `${mean(numbers).toFixed(4).slice(1)} ± ${deviation.toFixed(4).slice(1)}`
  }
  rows.push([
    entry.label,
    ...(['all', 'full', 'given'] as const).flatMap((protocol) => [cell(protocol, 'hr@10'), cell(protocol, 'ndcg@10')]),
    cell('given', 'mrr'),
    mean(results.map((r) => r.epochs)).toFixed(0),
    mean(results.map((r) => r.seconds)).toFixed(0),
  ])
  console.log(rows.at(-1)!.join(' | '))
  if (byLabel.has('item-knn')) {
    const differences = [false, true].flatMap((onlyNew) => [
      aboveKnn(results, hr(10).value, onlyNew),
      aboveKnn(results, ndcg(10).value, onlyNew),
    ])
    const values = [cell('notRepeated', 'hr@10'), cell('notRepeated', 'ndcg@10')]
    paired.push([entry.label, ...differences.slice(0, 2), ...values, ...differences.slice(2)])
    console.log(paired.at(-1)!.join(' | '))
  }
}

const page = wrapped(`# amazon5, ${values.split === 'mixed' ? 'mixed protocol' : 'domain by domain'}

Written by \`npx tsx reproduce/amazon5.ts --seeds ${values.seeds}\`. 31,820 interactions of 2,601 users with 6,978 items in five Amazon domains; the last
event of each user${values.split === 'mixed' ? '' : ' and domain'} is the test case, the one before validates. Nothing is masked; exact ties are broken at random by the run's seed. Mean ±
standard deviation over ${values.seeds} seeds; every option is the model's default unless named; item-knn is the plain cosine
(\`recency=1 repeats=false\`), and [what validation makes of it](../models/item-knn.md) is stronger. Weights are selected on validation (NDCG@10 among the
items of the answer's domain). The single-domain twins rank foreign items last, so that their whole-catalogue figures are those of the domain.

${table(
  [
    'model',
    ...['whole catalogue', 'in domain', 'given'].flatMap((place) => [`${place} HR@10`, `${place} NDCG@10`]),
    'given MRR',
    'epochs',
    'seconds',
  ],
  rows,
)}

## Against item-kNN on the given candidates

Difference from item-kNN, paired by user, with a 95 % bootstrap interval (metrics averaged over seeds first, so the interval is over users). *New* cases
are those whose answer does not stand in the user's own history: the given negatives never do, so a model can gain by repeating alone.

${table(
  [
    'model',
    'HR@10 − item-kNN',
    'NDCG@10 − item-kNN',
    'new cases: HR@10',
    'new cases: NDCG@10',
    'new: HR@10 − item-kNN',
    'new: NDCG@10 − item-kNN',
  ],
  paired,
)}
`)
const isPage = values.split === 'mixed' && values.candidates === 'indomain' && chosen.length === entries.length
if (values.write && isPage) {
  await mkdir('docs/results', { recursive: true })
  await writeFileAtomic('docs/results/amazon5.md', page)
}
console.log(page)
