// `npm run bench` lists the benches; `npm run bench -- NAME` runs one. Speed is reported as the ratio of two programs run in
// turn on the same cores, because absolute times say more about the machine than about the program.
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'

const folder = import.meta.dirname

/** A program that prints a JSON object on its last line. */
type Program = readonly string[]

const tsx = (file: string, ...args: string[]): Program => [
  process.execPath,
  '--import',
  'tsx',
  join(folder, file),
  ...args,
]
const python = (file: string, ...args: string[]): Program => [
  process.env.TRIBUTARY_PYTHON ?? '/usr/bin/python3',
  join(folder, 'peers', file),
  ...args,
]

interface Comparison {
  readonly summary: string
  readonly ours: Program
  readonly peer: Program
  /** The JSON fields that are compared, ours and the peer's, in the same unit; smaller is better. */
  readonly fields: readonly [string, string]
}

function a2c(size: string, extent: string, ...peerSize: readonly string[]): Comparison {
  return {
    summary: `A2C in a world model of ${extent}: a collection of 3,000 turns with its update, against PyTorch`,
    ours: tsx('a2c/a2c.ts', '--size', size),
    peer: python('a2c.py', ...peerSize),
    fields: ['seconds', 'seconds'],
  }
}

function ilRec(items: number): Comparison {
  const size = ['--items', String(items), '--episodes', '150', '--warmup', '50']
  return {
    summary: `IL-Rec, as released: an episode of about twelve turns and its updates, ${items} items, one thread, processor time, against PyTorch`,
    ours: tsx('il-rec/il-rec.ts', ...size),
    peer: python('il_rec.py', ...size),
    fields: ['processor', 'processor'],
  }
}

function sparse(extent: string, ...size: readonly string[]): Comparison {
  return {
    summary: `a sparse matrix of ${extent} and its transpose times 64 columns, one thread, processor time, against PyTorch`,
    ours: tsx('engine/sparse.ts', ...size),
    peer: python('sparse.py', ...size),
    fields: ['processorMs', 'processor'],
  }
}

const comparisons: Readonly<Record<string, Comparison>> = {
  'sasrec-step': {
    summary: 'one SASRec training step (batch 256, T 50, d 64, 20,000 items, BPR, Adam) against PyTorch',
    ours: tsx('sasrec/step.ts'),
    peer: python('sasrec_step.py'),
    fields: ['medianMs', 'milliseconds'],
  },
  'sasrec-epoch': {
    summary:
      'one SASRec epoch on amazon5 (d 64, batch 128, cross-entropy in domain), both length-bucketed, against PyTorch',
    ours: tsx('sasrec/epoch.ts'),
    peer: python('sasrec_epoch.py'),
    fields: ['medianSeconds', 'seconds'],
  },
  'sasrec-epoch-plain': {
    summary: 'the same against PyTorch with its own dropout, which draws masks on one thread',
    ours: tsx('sasrec/epoch.ts'),
    peer: python('sasrec_epoch.py', '--masks', 'native'),
    fields: ['medianSeconds', 'seconds'],
  },
  'wasm-step': {
    summary: 'the same step on the WebAssembly engine, one thread, against the native engine, two threads',
    ours: ['env', 'TRIBUTARY_ENGINE=wasm', ...tsx('sasrec/step.ts')],
    peer: ['env', 'TRIBUTARY_ENGINE=native', ...tsx('sasrec/step.ts')],
    fields: ['medianMs', 'medianMs'],
  },
  'syncrec-step': {
    summary: 'one SyNCRec training step (batch 128, T 50, r 16, K 5, j 3, five domains, 7,000 items) against PyTorch',
    ours: tsx('syncrec/step.ts'),
    peer: python('syncrec_step.py'),
    fields: ['medianMs', 'milliseconds'],
  },
  'syncrec-epoch': {
    summary: 'one SyNCRec epoch on amazon5 (r 16, batch 128, K 5, cross-entropy in domain), both length-bucketed',
    ours: tsx('syncrec/epoch.ts'),
    peer: python('syncrec_epoch.py'),
    fields: ['medianSeconds', 'seconds'],
  },
  'syncrec-epoch-plain': {
    summary: 'the same against the plainest PyTorch: padded single-domain sequences, its own dropout',
    ours: tsx('syncrec/epoch.ts'),
    peer: python('syncrec_epoch.py', '--views', 'compact', '--masks', 'native'),
    fields: ['medianSeconds', 'seconds'],
  },
  'syncrec-epoch-64': {
    summary: 'syncrec-epoch at r 64',
    ours: tsx('syncrec/epoch.ts', '--width', '64'),
    peer: python('syncrec_epoch.py', '--width', '64'),
    fields: ['medianSeconds', 'seconds'],
  },
  'conet-step': {
    summary: 'one CoNet training step (batch 64, 2,400 users, 24,000 items, touched rows only) against PyTorch',
    ours: tsx('biao/step.ts'),
    peer: python('biao_step.py', '--adam', 'sparse'),
    fields: ['medianMs', 'milliseconds'],
  },
  'biao-step': {
    summary:
      'the same with BIAO: histories of 50, an upper step (K 3, dev batch 256) every 100 steps, shared among them',
    ours: tsx('biao/step.ts', '--weigh'),
    peer: python('biao_step.py', '--adam', 'sparse', '--weigh'),
    fields: ['medianMs', 'milliseconds'],
  },
  sparse: sparse('6,000 × 3,700 with 800,000 entries', '--rows', '6000', '--columns', '3700', '--entries', '800000'),
  'sparse-thin': sparse('20,000 × 10,000 with 200,000 entries'),
  'lightgcn-step': {
    summary:
      'one LightGCN training step (20,000 users, 10,000 items, 200,000 rows, three layers), one thread, processor time, against PyTorch',
    ours: tsx('graphs/lightgcn.ts'),
    peer: python('lightgcn.py'),
    fields: ['processorMs', 'processor'],
  },
  'bridge-step': {
    summary:
      'one step of mean-bridge (batch 256, 3 sources, 20 liked items of each, k 10), one thread, against PyTorch',
    ours: tsx('bridges/step.ts'),
    peer: python('bridge_step.py'),
    fields: ['processorMs', 'processor'],
  },
  'mappo-turn': {
    summary:
      'one turn of the agents of MARCO (512 rows, 3 sources, four passes of minibatches of 256), one thread, against PyTorch',
    ours: tsx('bridges/step.ts', '--turn', 'agents'),
    peer: python('bridge_step.py', '--turn', 'agents'),
    fields: ['processorMs', 'processor'],
  },
  'il-rec-2000': ilRec(2000),
  'il-rec-14000': ilRec(14_000),
  'a2c-coat': a2c('coat', '290 users × 300 items'),
  'a2c-kuairec': a2c('kuairec', '1,411 × 3,327', '--users', '1411', '--items', '3327'),
  'a2c-kuairand': a2c('kuairand', '27,000 × 7,500', '--users', '27000', '--items', '7500', '--factors', '32'),
}

const programs: Readonly<Record<string, { readonly summary: string; readonly program: Program }>> = {
  import: {
    summary:
      'ten million generated rows imported, opened, filtered, split and drawn from: seconds and peak memory of each',
    program: tsx('data/large.ts'),
  },
  evaluate: {
    summary: 'full ranking of 100,000 users × 100,000 items in bounded memory: cases a second',
    program: tsx('serve/evaluate.ts'),
  },
  serve: { summary: 'latency of POST /v1/recommendations over HTTP: p50 and p99', program: tsx('serve/serve.ts') },
  'open-loop': {
    summary:
      'a rate that does not wait for answers, events between: p50, p99 and processor time of one or several checkouts in turn',
    program: tsx('serve/open-loop.ts'),
  },
  store: {
    summary: 'acknowledged events a second on SQLite and Postgres, and how long they wait',
    program: tsx('store/store.ts'),
  },
  ope: {
    summary: '`tributary ope` over ten million shown items in columns: seconds and peak memory',
    program: tsx('ope/columns.ts'),
  },
  'ope-lists': {
    summary: 'lists of a store asked again of three policies: lists in a second of a processor, and peak memory',
    program: tsx('ope/lists.ts'),
  },
  filter: {
    summary: 'what a filter over 100,000 items costs beside the scores of a query: processor time',
    program: tsx('serve/filter.ts'),
  },
  'stalling-client': {
    summary: 'the rate that one client keeps while another sends the most costly bodies it can',
    program: tsx('serve/stalling-client.ts'),
  },
  simulate: {
    summary:
      'steps a second of the simulator and of policies in it, and peak memory, at the sizes of Coat, KuaiRec, KuaiRand',
    program: tsx('serve/simulate.ts'),
  },
  a2c: {
    summary:
      'learning in a world model, A2C and DARLR at the sizes of Coat, KuaiRec, KuaiRand: turns a second, peak memory',
    program: tsx('a2c/a2c.ts'),
  },
  kuai: {
    summary:
      'a stand-in of KuaiRec at full size: controls under both windows, a world model, ROLeR and DARLR, time and memory',
    program: tsx('a2c/kuai.ts'),
  },
  studio: {
    summary: 'the page of runs over 1,000 runs of 200 epochs in a real browser: first paint, keys, filter, memory',
    program: tsx('studio/thousand-runs.ts'),
  },
  memory: { summary: 'resident memory over 5,000 training steps', program: tsx('sasrec/memory.ts') },
  'syncrec-scaling': {
    summary: "SyNCRec's step against the number of domains (2 … 16) and of experts (2 … 8)",
    program: tsx('syncrec/scaling.ts'),
  },
  cgrec: {
    summary: "CGRec's step against the number of domains (2 … 8): exact, sampled and no Shapley values",
    program: tsx('syncrec/cgrec.ts'),
  },
  bilevel: {
    summary: 'the hypergradient against K, the terms of its Neumann series: error on a known problem, cost on a CoNet',
    program: tsx('engine/bilevel.ts'),
  },
  'biao-cost': {
    summary: "BIAO's epoch over CoNet's against the interval between upper steps (20, 100, 500), beside the paper's",
    program: tsx('biao/cost.ts'),
  },
  bridges: {
    summary:
      'vectors of 900,000 users and 550,000 items in four domains and an epoch of mean-bridge: time and peak memory',
    program: tsx('bridges/scale.ts'),
  },
  operators: {
    summary: 'single operators of the executor: what is fast, what is not',
    program: tsx('engine/operators.ts'),
  },
}

const ROUNDS = 5

function compare(name: string, { ours, peer, fields }: Comparison): void {
  const ratios: number[] = []
  for (let round = 1; round <= ROUNDS; round++) {
    const [a, b] = [measure(ours, fields[0]), measure(peer, fields[1])]
    ratios.push(a / b)
    console.log(
      `${name} round ${round}: ours ${a.toFixed(3)}, peer ${b.toFixed(3)} (${fields[1]}), ratio ${(a / b).toFixed(3)}`,
    )
  }
  ratios.sort((a, b) => a - b)
  const middle = ratios[ratios.length >> 1]
  console.log(
    `${name}: median ratio ${middle.toFixed(3)}, from ${ratios[0].toFixed(3)} to ${ratios.at(-1)!.toFixed(3)}`,
  )
}

function measure([command, ...args]: Program, field: string): number {
  // Two cores, the same ones for both sides, where the system lets us choose.
  const pinned = spawnSync('taskset', ['-c', '0,1', 'true']).status === 0
  const [program, argv] = pinned ? ['taskset', ['-c', '0,1', command, ...args]] : [command, args]
  const { status, stdout, stderr } = spawnSync(program, argv, {
    encoding: 'utf8',
    env: { ...process.env, OMP_NUM_THREADS: '2' },
  })
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${status}: ${stderr}`)
  const last = JSON.parse(stdout.trim().split('\n').at(-1)!) as Record<string, number>
  const value = last[field]
  if (value === undefined) throw new Error(`${command} ${args.join(' ')} printed no ${field}`)
  return value
}

const [name, ...rest] = process.argv.slice(2)
if (name === undefined || !(name in comparisons || name in programs)) {
  if (name !== undefined) console.error(`unknown bench '${name}'`)
  for (const [key, { summary }] of Object.entries({ ...comparisons, ...programs }))
    console.log(`${key.padEnd(20)} ${summary}`)
  process.exitCode = name === undefined ? 0 : 1
} else if (name in comparisons) {
  compare(name, comparisons[name])
} else {
  const [command, ...args] = programs[name].program
  process.exitCode = spawnSync(command, [...args, ...rest], { stdio: 'inherit' }).status ?? 1
}
