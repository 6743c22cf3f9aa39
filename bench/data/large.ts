import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Dataset } from '../../src/core/index.ts'
import type { ImportOptions } from '../../src/data/import/import.ts'
import {
  accountOfSplit,
  filterDataset,
  importDataset,
  negativeSampler,
  openDataset,
  sequenceBatches,
  splitDataset,
  trainingSequences,
} from '../../src/data/index.ts'
import { literal, withDatabase } from '../../src/data/tables/duckdb.ts'
import { createRng } from '../../src/math/rng.ts'

// What data that is large costs, step by step, each in a process of its own so that the peak memory is the step's.
//   tsx bench/data/large.ts [--rows 10000000] [--format csv|parquet] [--folder FOLDER] [--steps import,open,…] [--gigabytes 8]
// A line of JSON a step: seconds and processor seconds of the step alone, and the peak resident memory of its process, in
// which steps after the import open the dataset first. With --gigabytes a process may take so much memory of its own
// (RLIMIT_DATA) and fails beyond. A file or dataset that is in FOLDER already is not made again.

const DOMAINS = ['Books', 'Clothing', 'Games', 'Music', 'Sports']

/** Rows by a hash of their number: a tenth as many users and a fiftieth as many items as rows, popularity falling like 1/rank. */
async function generate(path: string, rows: number): Promise<void> {
  const uniform = (seed: number) => `((hash(range, ${seed}) >> 11) / 9007199254740992.0)`
  const users = Math.max(10, Math.floor(rows / 10))
  const items = Math.max(50, Math.floor(rows / 50))
  const format = path.endsWith('.csv') ? 'FORMAT csv, HEADER' : 'FORMAT parquet'
  await withDatabase(`${path}.duckdb`, async (connection) => {
    await connection.run(`
      COPY (
        SELECT 'A' || CAST(floor(${uniform(1)} * ${users}) AS BIGINT) AS "user", 'B' || item AS item,
          ([${DOMAINS.map(literal).join(', ')}])[item % ${DOMAINS.length} + 1] AS "domain",
          1500000000 + CAST(floor(${uniform(3)} * 86400000) AS BIGINT) AS timestamp,
          1 + CAST(floor(${uniform(4)} * 5) AS INTEGER) AS value
        FROM (SELECT range, CAST(floor(pow(${items}, ${uniform(2)})) AS BIGINT) AS item FROM range(${rows}))
      ) TO ${literal(path)} (${format})`)
  })
  await rm(`${path}.duckdb`, { force: true })
}

/** What is measured, on a dataset that is open; returns what it came to. */
const STEPS: { readonly [step: string]: (dataset: Dataset) => object } = {
  filter: (dataset) => {
    const { dataset: kept, report } = filterDataset(dataset, { minItem: 5, minUser: 5 })
    return { rows: kept.log.length, rounds: report.rounds, hash: kept.hash.slice(0, 12) }
  },
  split: (dataset) => accountOfSplit(dataset, splitDataset(dataset, 'leave-two-out')).rows,
  'split in time': (dataset) => accountOfSplit(dataset, splitDataset(dataset, 'global-time')).rows,
  negatives: (dataset) => {
    const sequences = trainingSequences(dataset, splitDataset(dataset, 'leave-two-out'))
    const sampler = negativeSampler(dataset, 'domain')
    const options = { maxLength: 50, batchSize: 128, bucket: true, rng: createRng(1) }
    let [batches, sum] = [0, 0]
    for (const batch of sequenceBatches(sequences, options)) {
      batches++
      sum = (sum + sampler.forBatch(batch, createRng(2)).reduce((total, item) => (total + item) % 1e9, 0)) % 1e9
    }
    return { batches, sum }
  },
}

/** Imports, and what they are told; those that filter write a folder of their own. */
const IMPORTS: { readonly [step: string]: Partial<ImportOptions> } = {
  import: {},
  'import filtered in memory': { minItem: 5, minUser: 5, memoryRows: Number.POSITIVE_INFINITY },
  'import filtered on disk': { minItem: 5, minUser: 5, memoryRows: 0 },
}

async function measure(step: string, file: string, folder: string): Promise<void> {
  const dataset = Object.hasOwn(STEPS, step) ? await openDataset(folder) : undefined
  const before = { processor: process.cpuUsage(), time: performance.now() }
  const found = await perform(step, file, folder, dataset)
  const { user, system } = process.cpuUsage(before.processor)
  console.log(
    JSON.stringify({
      step,
      seconds: rounded((performance.now() - before.time) / 1000),
      processor: rounded((user + system) / 1e6),
      peakGB: rounded(process.resourceUsage().maxRSS / 1e6),
      ...found,
    }),
  )
}

async function perform(step: string, file: string, folder: string, dataset: Dataset | undefined): Promise<object> {
  if (dataset !== undefined) return STEPS[step](dataset)
  if (step === 'open') return { hash: (await openDataset(folder)).hash.slice(0, 12) }
  const reader = file.endsWith('.csv') ? 'csv' : 'parquet'
  const out = step === 'import' ? folder : `${folder}-filtered`
  const { rows, hash } = await importDataset({ reader, files: [file], out, overwrite: true, ...IMPORTS[step] })
  return { rows, hash: hash.slice(0, 12) }
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100
}

async function child(args: readonly string[], gigabytes: number | undefined): Promise<boolean> {
  const program = [process.execPath, '--import', 'tsx', fileURLToPath(import.meta.url), ...args]
  const [command, ...rest] =
    gigabytes === undefined ? program : ['prlimit', `--data=${gigabytes * 1e9}`, '--', ...program]
  const [code, signal] = await once(spawn(command, rest, { stdio: 'inherit' }), 'exit')
  if (code !== 0) console.log(JSON.stringify({ step: args[1], failed: code ?? signal }))
  return code === 0
}

async function present(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined)) !== undefined
}

if (process.argv[2] === '--child') {
  const [step, file, folder] = process.argv.slice(3)
  if (step === 'generate') await generate(file, Number(folder))
  else await measure(step, file, folder)
} else {
  const { values } = parseArgs({
    options: {
      rows: { type: 'string', default: '10000000' },
      format: { type: 'string', default: 'csv' },
      folder: { type: 'string' },
      steps: {
        type: 'string',
        default: ['import', 'open', ...Object.keys(STEPS), ...Object.keys(IMPORTS).slice(1)].join(),
      },
      gigabytes: { type: 'string' },
    },
  })
  const folder = values.folder ?? (await mkdtemp(join(tmpdir(), 'tributary-bench-')))
  await mkdir(folder, { recursive: true })
  try {
    const file = join(folder, `log-${values.rows}.${values.format}`)
    if (!(await present(file))) await child(['--child', 'generate', file, values.rows], undefined)
    console.log(`${values.rows} rows, ${((await stat(file)).size / 1e6).toFixed(0)} MB of ${values.format}`)
    const dataset = join(folder, `dataset-${values.rows}`)
    const limit = values.gigabytes === undefined ? undefined : Number(values.gigabytes)
    for (const step of values.steps.split(',')) {
      if (step === 'import' && (await present(dataset)) && values.folder !== undefined) continue
      await child(['--child', step, file, dataset], limit)
    }
  } finally {
    if (values.folder === undefined) await rm(folder, { recursive: true, force: true })
  }
}
