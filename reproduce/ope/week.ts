// Whether a week of logged lists foretells a week of an A/B, in a shop whose users are made up: `npx tsx reproduce/ope/week.ts --help` says how.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { readOptions, unlessNo, whole } from '../shared/command.ts'
import { table } from '../shared/markdown.ts'
import { writeSection } from './section.ts'

const values = readOptions({
  script: 'ope/week.ts',
  does: 'Runs examples/ab-test with several seeds: what `tributary ope` foretells of a model from a week of lists, beside what an A/B of the week after finds. Needs `npm run build` and Node 22.13.',
  results: 'a section of docs/results/ope.md.',
  options: {
    seeds: whole('shops, 1 to N', 5),
    users: whole('users of each', 800),
    write: unlessNo('print the section, but do not write it'),
  },
})

interface Interval {
  readonly mean: number
  readonly low: number
  readonly high: number
}
interface Place {
  readonly domain?: string
  readonly verdict: string
  readonly by?: string
  readonly estimates: readonly { readonly estimator: string; readonly difference: Interval }[]
}
interface Week {
  readonly forecast: { readonly overall: Place; readonly domains: readonly Place[] }
  readonly readout: {
    readonly decision: { readonly says: string; readonly byDomain: Readonly<Record<string, string>> }
    readonly metrics: {
      readonly bought: {
        readonly overall: { readonly difference: Interval }
        readonly domains: Readonly<Record<string, { readonly difference: Interval }>>
      }
    }
  }
}

const script = fileURLToPath(new URL('../../examples/ab-test/ab-test.mjs', import.meta.url))

function weekOf(seed: number): Week {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-week-'))
  try {
    // It ends with code 1 where the A/B does not find what was foretold, which is a result, too.
    spawnSync(process.execPath, [script, folder, `${values.users}`, `${seed}`], { stdio: 'ignore' })
    const file = join(folder, 'week.json')
    if (!existsSync(file)) throw new Error(`examples/ab-test did not end with seed ${seed}; run it alone to see why`)
    return JSON.parse(readFileSync(file, 'utf8')) as Week
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const number = (value: number) => `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(3)}`
const interval = ({ mean, low, high }: Interval) => `${number(mean)} [${number(low)}, ${number(high)}]`

let [held, told, decided] = [0, 0, 0]
const rows: string[][] = []
for (let seed = 1; seed <= values.seeds; seed++) {
  const { forecast, readout } = weekOf(seed)
  const { bought } = readout.metrics
  for (const place of [...forecast.domains, forecast.overall]) {
    const { domain, verdict, by, estimates } = place
    const foretold = estimates.find(({ estimator }) => estimator === by)?.difference
    const found = (domain === undefined ? bought.overall : bought.domains[domain]).difference
    if (foretold !== undefined) {
      told++
      // Both are unsure: their difference is off by chance with the errors of both.
      const error = Math.hypot(foretold.high - foretold.low, found.high - found.low) / 2
      if (Math.abs(foretold.mean - found.mean) <= error) held++
    }
    const decision = domain === undefined ? readout.decision.says : (readout.decision.byDomain[domain] ?? '')
    if (domain !== undefined && { better: 'ship', worse: 'roll back' }[verdict] === decision) decided++
    const foretoldText = foretold === undefined ? 'not supported' : interval(foretold)
    rows.push([`${seed}`, domain ?? 'all', foretoldText, verdict, interval(found), decision])
  }
  console.log(
    rows
      .slice(-4)
      .map((row) => row.join(' | '))
      .join('\n'),
  )
}

const page = `
## A week foretold, and the week after

Written by \`npx tsx reproduce/ope/week.ts --seeds ${values.seeds} --users ${values.users}\`, which runs \`examples/ab-test\`: a server over HTTP, a clock that is set, ${values.users} users who
are made up. In the first week \`popularity\` answers, nearly at random; \`tributary ope\` says from its lists of two what \`item-knn\` would sell a list (cascade-DR).
In the second week an A/B gives it to half of the users. Tastes in books have changed since both were trained, so it must lose there.

${table(['seed', 'service', 'foretold', 'verdict', 'found', 'decision'], rows)}

Differences in purchases a list, with 95 % intervals (those of the A/B for one look). ${held} of ${told} forecasts and findings agree within the errors of both together;
${decided} of ${3 * values.seeds} decisions of the A/B are those that the log foretold.
`
console.log(page)
if (values.write) await writeSection('week', page)
