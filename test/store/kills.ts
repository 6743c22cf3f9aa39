// Kills a process that tells a store of events, again and again, and looks whether each event that was acknowledged is there, once.
// Usage: tsx test/store/kills.ts [--kills 100] [--rate 500] [--store URL]   (default: SQLite in a folder of its own)
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { openStore } from '../../src/serving/store/open.ts'

const teller = fileURLToPath(new URL('./teller.ts', import.meta.url))

export interface KillReport {
  readonly kills: number
  readonly acknowledged: number
  readonly stored: number
  /** Acknowledged, and not there. */
  readonly lost: readonly string[]
  /** There more than once. */
  readonly twice: readonly string[]
}

/** The moment of each kill is another one after the first answer, so that kills fall everywhere in a commit. */
export async function killTellers(url: string, kills: number, rate: number): Promise<KillReport> {
  const acknowledged = new Set<string>()
  for (let kill = 0; kill < kills; kill++) {
    const child = spawn(process.execPath, ['--import', 'tsx', teller, url, String(rate), `kill-${kill}`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let text = ''
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      text += piece
    })
    const closed = once(child, 'close')
    await Promise.race([once(child.stdout, 'data'), closed])
    await new Promise((resolve) => setTimeout(resolve, 50 + ((kill * 37) % 101)))
    child.kill('SIGKILL')
    const [code, signal] = await closed
    if (signal !== 'SIGKILL') throw new Error(`the teller ended by itself, with ${code}`)
    // A line that was cut off was not heard.
    for (const id of text.split('\n').slice(0, -1)) acknowledged.add(id)
  }
  const seen = new Map<string, number>()
  const store = await openStore(url)
  let after: string | undefined
  do {
    const page = await store.events({ limit: 5_000, ...(after !== undefined && { after }) })
    for (const { id } of page.rows) seen.set(id, (seen.get(id) ?? 0) + 1)
    after = page.next
  } while (after !== undefined)
  await store.close()
  return {
    kills,
    acknowledged: acknowledged.size,
    stored: seen.size,
    lost: [...acknowledged].filter((id) => !seen.has(id)),
    twice: [...seen].flatMap(([id, times]) => (times > 1 ? [id] : [])),
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      kills: { type: 'string', default: '100' },
      rate: { type: 'string', default: '500' },
      store: { type: 'string' },
    },
  })
  const folder = await mkdtemp(join(tmpdir(), 'store-kills-'))
  const url = values.store ?? `sqlite:${join(folder, 'store.db')}`
  const report = await killTellers(url, Number(values.kills), Number(values.rate))
  await rm(folder, { recursive: true })
  console.log(JSON.stringify(report))
  if (report.lost.length > 0 || report.twice.length > 0) process.exitCode = 1
}
