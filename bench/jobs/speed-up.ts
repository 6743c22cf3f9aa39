// How much sooner eight trainings are done by two workers than by one: `npx tsx bench/jobs/speed-up.ts`, on a machine of two idle cores.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { shopCsv } from '../../test/e2e/shop.ts'

const ROUNDS = 3
const [tsx, main] = [import.meta.resolve('tsx'), new URL('../../src/cli/main.ts', import.meta.url).href].map((url) =>
  fileURLToPath(url),
)
const folder = mkdtempSync(join(tmpdir(), 'speed-up-'))
const tributary = (...words: string[]) =>
  execFileSync(process.execPath, ['--import', tsx, main, ...words], {
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  })

try {
  writeFileSync(join(folder, 'shop.csv'), shopCsv({ users: 600 }))
  tributary('import', 'csv', 'shop.csv', '--out', 'shop')
  const seconds: Record<string, number[]> = { 'local:1': [], 'local:2': [] }
  for (let round = 0; round < ROUNDS; round++)
    for (const [engine, taken] of Object.entries(seconds)) {
      const begun = performance.now()
      const model = 'sasrec:width=32:epochs=40:patience=0'
      tributary(
        'compare',
        `${model},popularity`,
        'shop',
        '--seeds',
        '8',
        '--threads',
        '1',
        '--on',
        engine,
        '--out',
        `${engine.at(-1)}-${round}`,
      )
      taken.push((performance.now() - begun) / 1000)
      console.log(`${engine}: ${taken.at(-1)!.toFixed(1)} s`)
    }
  const [one, two] = Object.values(seconds).map((taken) => taken.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)])
  console.log(
    `two workers are ${(one / two).toFixed(2)} times as fast as one (medians of ${ROUNDS}: ${one.toFixed(1)} and ${two.toFixed(1)} s)`,
  )
} finally {
  rmSync(folder, { recursive: true, force: true })
}
