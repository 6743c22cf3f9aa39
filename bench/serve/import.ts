import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createRng } from '../../src/math/rng.ts'

// Import of a generated CSV, in a process of its own so that the peak memory is the import's.
//   tsx bench/serve/import.ts [rows = 10000000]
// The child prints one JSON line: seconds and peak resident bytes of the import, then of opening the result.

const DOMAINS = ['Books', 'Clothing', 'Games', 'Music', 'Sports']

/** Seeded rows in random user order; a tenth as many users and a fiftieth as many items as rows, popularity falling like 1/rank. */
async function generate(path: string, rows: number): Promise<void> {
  const rng = createRng(1)
  const users = Math.max(10, Math.floor(rows / 10))
  const items = Math.max(50, Math.floor(rows / 50))
  const file = createWriteStream(path)
  let lines = 'user,item,domain,timestamp,value\n'
  for (let row = 0; row < rows; row++) {
    const item = Math.floor(items ** rng.float())
    const time = 1_500_000_000 + rng.below(86_400 * 1000)
    lines += `A${rng.below(users)},B${item},${DOMAINS[item % DOMAINS.length]},${time},${1 + rng.below(5)}\n`
    if (lines.length > 1 << 20) {
      if (!file.write(lines)) await once(file, 'drain')
      lines = ''
    }
  }
  file.end(lines)
  await once(file, 'finish')
}

async function measureChild(folder: string, csv: string): Promise<void> {
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', fileURLToPath(import.meta.url), '--child', csv, join(folder, 'dataset')],
    { stdio: 'inherit' },
  )
  const [code] = await once(child, 'exit')
  if (code !== 0) throw new Error(`the import ended with exit code ${code}`)
}

async function child(csv: string, out: string): Promise<void> {
  const { importDataset, openDataset } = await import('../../src/data/index.ts')
  let start = performance.now()
  const report = await importDataset({ reader: 'csv', files: [csv], out })
  const importSeconds = (performance.now() - start) / 1000
  const importPeakBytes = process.resourceUsage().maxRSS * 1024
  start = performance.now()
  const dataset = await openDataset(out)
  const openSeconds = (performance.now() - start) / 1000
  const peakBytes = process.resourceUsage().maxRSS * 1024
  const { rows } = report
  if (dataset.log.length !== rows) throw new Error(`${rows} rows imported, ${dataset.log.length} opened`)
  console.log(JSON.stringify({ rows, importSeconds, importPeakBytes, openSeconds, peakBytes }))
}

if (process.argv[2] === '--child') await child(process.argv[3], process.argv[4])
else {
  const rows = Number(process.argv[2] ?? 10_000_000)
  const folder = await mkdtemp(join(tmpdir(), 'tributary-bench-'))
  try {
    const csv = join(folder, 'log.csv')
    await generate(csv, rows)
    console.log(`generated ${rows} rows, ${((await stat(csv)).size / 1e6).toFixed(0)} MB`)
    await measureChild(folder, csv)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
