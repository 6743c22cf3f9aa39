// The page of runs over 1,000 generated runs of 200 epochs in a real browser: how long until it is there and can be used, how long it
// takes to answer a key, and what it keeps in memory. The server runs from dist/ (`npm run build`). Last line: one JSON object.
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { launch, watch } from '../../test/studio/browser.ts'
import { writeTuning } from '../../test/studio/generated-runs.ts'
import { type MeasuredRuns, measureRuns } from '../../test/studio/measure-runs.ts'

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '1000' },
    epochs: { type: 'string', default: '200' },
    rounds: { type: 'string', default: '5' },
  },
})

const folder = await mkdtemp(join(tmpdir(), 'tributary-studio-'))
writeTuning(folder, { count: Number(values.runs), epochs: Number(values.epochs) })
const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))
const server = spawn(process.execPath, [main, 'studio', folder, '--port', '0', '--json'], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
try {
  const { url } = JSON.parse(await firstLine(server.stdout)) as { url: string }
  const ask = async (path: string) => {
    const asked = performance.now()
    const text = await (await fetch(new URL(path, url))).text()
    return { text, milliseconds: performance.now() - asked }
  }
  const { text: list, milliseconds: cold } = await ask('/v1/runs')
  const again: number[] = []
  for (let round = 1; round <= Number(values.rounds); round++) {
    // By then it looks at the folders again.
    await setTimeout(1_000)
    again.push((await ask('/v1/runs')).milliseconds)
  }
  const { runs } = JSON.parse(list) as { runs: { id: string }[] }
  const picked = runs.slice(0, 100).map(({ id }) => `run=${encodeURIComponent(id)}`)
  const curves = await ask(`/v1/series?points=500&${picked.join('&')}`)
  const browser = await launch()
  const measured: MeasuredRuns[] = []
  for (let round = 1; round <= Number(values.rounds); round++) {
    const { page, close } = await watch(browser, url)
    const one = await measureRuns(page, `${url}/runs`)
    console.log(
      `round ${round}: first paint ${one.firstPaint.toFixed(0)} ms, rows after ${one.usable.toFixed(0)} ms, ` +
        `a key ${one.key.toFixed(0)} ms, filter ${one.filter.toFixed(0)} ms, sort ${one.sort.toFixed(0)} ms, scroll ${one.scroll.toFixed(0)} ms, ` +
        `heap ${(one.heap / 1e6).toFixed(1)} MB, ${one.nodes} nodes`,
    )
    measured.push(one)
    await close()
  }
  await browser.close()
  const median = (name: keyof MeasuredRuns) => {
    const sorted = measured.map((one) => one[name]).sort((a, b) => a - b)
    return sorted[sorted.length >> 1]
  }
  const names = ['firstPaint', 'usable', 'key', 'filter', 'sort', 'scroll', 'heap', 'nodes'] as const
  console.log(
    JSON.stringify({
      ...Object.fromEntries(names.map((name) => [name, median(name)])),
      coldList: cold,
      warmList: again.sort((a, b) => a - b)[again.length >> 1],
      listBytes: Buffer.byteLength(list),
      coldCurvesOf100: curves.milliseconds,
    }),
  )
} finally {
  server.kill('SIGTERM')
  await rm(folder, { recursive: true, force: true })
}

async function firstLine(stream: NodeJS.ReadableStream): Promise<string> {
  let text = ''
  for await (const part of stream) {
    text += String(part)
    if (text.includes('\n')) break
  }
  return text.split('\n')[0]
}
