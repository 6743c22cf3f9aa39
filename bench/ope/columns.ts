// `tributary ope` over a generated table of ten million shown items, in a process of its own so that the peak memory is its own.
//   tsx bench/ope/columns.ts [rows = 10000000]
// The child prints what it says of the log; then one JSON line: seconds, processor seconds and peak resident bytes.
import { spawnSync } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { literal, withDatabase } from '../../src/data/tables/duckdb.ts'

const rows = Number(process.argv[2] ?? 10_000_000)
const folder = await mkdtemp(join(tmpdir(), 'bench-ope-'))
const file = join(folder, 'log.parquet')

/**
 * A tenth as many users as rows, in random order; three domains; a policy that draws one of twenty items, another that is asked about,
 * and what a reward model that is right expects of both. All from hashes of the row, so that it is the same wherever it is made.
 */
async function generate(): Promise<void> {
  const uniform = (label: string) => `(hash(i, ${literal(label)}) % 1000003) / 1000003.0`
  await withDatabase(join(folder, 'scratch.db'), (connection) =>
    connection.run(`
      COPY (
        WITH drawn AS (
          SELECT i, CAST(floor(20 * pow(${uniform('item')}, 1.5)) AS INTEGER) AS item, ${uniform('paid')} AS luck
          FROM range(${rows}) t(i)
        ), valued AS (
          SELECT i, item, luck, 0.05 + 0.01 * item AS worth,
            pow((item + 1) / 20.0, 1 / 1.5) - pow(item / 20.0, 1 / 1.5) AS propensity,
            (item + 20) / 590.0 AS wanted
          FROM drawn
        )
        SELECT 'u' || hash(i, 'user') % ${Math.max(1, Math.floor(rows / 10))} AS user,
          ['books', 'games', 'music'][CAST(1 + hash(i, 'domain') % 3 AS INTEGER)] AS domain,
          1735689600000 + i * 200 AS time,
          CAST(luck < worth AS DOUBLE) AS reward, propensity, wanted AS target, worth AS predicted,
          0.05 + 62.7 / 590 AS target_expected, propensity AS group_propensity, wanted AS target_group
        FROM valued
      ) TO ${literal(file)} (FORMAT parquet)`),
  )
}

try {
  await generate()
  const measured = `
    const began = performance.now()
    process.on('exit', () => {
      const { user, system } = process.cpuUsage()
      const [seconds, processor] = [(performance.now() - began) / 1000, (user + system) / 1e6]
      console.log(JSON.stringify({ rows: ${rows}, seconds, processor, peakBytes: process.resourceUsage().maxRSS * 1024 }))
    })`
  const main = join(import.meta.dirname, '../../src/cli/main.ts')
  const hook = `data:text/javascript,${encodeURIComponent(measured)}`
  const args = ['--import', 'tsx', '--import', hook, main, 'ope', '--log', file, '--policy', 'target']
  const { status } = spawnSync(process.execPath, args, { stdio: 'inherit' })
  if (status !== 0) process.exitCode = 1
} finally {
  await rm(folder, { recursive: true, force: true })
}
