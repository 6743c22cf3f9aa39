// Off-policy evaluation on a real log: `npx tsx reproduce/ope.ts --help` says how.
import { join } from 'node:path'
import { type Check, evaluate, importObd, type Judged, readColumns } from '../src/ope/index.ts'
import { writeSection } from './ope/section.ts'
import { readOptions, unlessNo } from './shared/command.ts'
import { table } from './shared/markdown.ts'

const values = readOptions({
  script: 'ope.ts',
  does: `What each of the two policies of the Open Bandit Dataset (campaign men, 10,000 shown items each) would earn, from the log of the
    other, beside what it earned itself in the same week.`,
  results: 'logs below .results/ope; a section of docs/results/ope.md.',
  options: { write: unlessNo('print the section, but do not write it') },
})

const NAMES = { random: 'uniform random', bts: 'Thompson sampling' } as const
const title = (name: string) => name.charAt(0).toUpperCase() + name.slice(1)
const data = process.env.TRIBUTARY_DATA ?? '../shared/data'

const { logs } = await importObd(join(data, 'obd-men'), '.results/ope/obd', { overwrite: true })
const estimated = new Map<string, Judged>()
const served = new Map<string, Judged['logging']>()
for (const { policy, file } of logs) {
  const { logged, targets } = await readColumns(file, {
    policies: [policy === 'random' ? 'bts' : 'random'],
    reward: 'reward',
  })
  const [{ name, overall }] = evaluate(logged, targets, { force: true }).targets
  estimated.set(name, overall)
  served.set(policy, overall.logging)
}

const percent = (value: number) => (100 * value).toFixed(2)
const withInterval = ({ mean, low, high }: Judged['logging']) => `${percent(mean)} [${percent(low)}, ${percent(high)}]`

/** How many standard errors an estimate is from what was earned; both are of samples, which are independent. */
function apart(estimate: Judged['logging'], truth: Judged['logging']): string {
  const error = ({ low, high }: Judged['logging']) => (high - low) / (2 * 1.96)
  const z = (estimate.mean - truth.mean) / Math.hypot(error(estimate), error(truth))
  return `${z < 0 ? '−' : '+'}${Math.abs(z).toFixed(1)}`
}

const section = (target: 'bts' | 'random', log: 'bts' | 'random') => {
  const judged = estimated.get(target) as Judged
  const truth = served.get(target) as Judged['logging']
  const found = judged.checks.filter(({ outcome }) => outcome !== 'sound')
  const said = ({ name, outcome, sentence }: Check) => `- *${name}*, ${outcome}: ${sentence}.`
  return [
    `### ${title(NAMES[target])}, from the log of ${NAMES[log]}`,
    '',
    judged.refusal === undefined
      ? 'Supported by the log.'
      : 'Refused; these are the numbers that `--force` prints, and they are marked *not supported* there.',
    `The target's weights leave as much as ${Math.round(judged.effective.steps).toLocaleString('en-US')} of ${judged.units.toLocaleString('en-US')} shown items.`,
    ...(found.length > 0 ? ['', ...found.map(said)] : []),
    '',
    table(
      ['clicks in 100 shown items', 'estimate, 95 %', 'standard errors from the truth'],
      [
        [`**truth: what ${NAMES[target]} earned**`, withInterval(truth), ''],
        [`what ${NAMES[log]} earned`, withInterval(served.get(log) as Judged['logging']), ''],
        ...judged.estimates.map(({ estimator, value }) => [estimator, withInterval(value), apart(value, truth)]),
      ],
    ),
  ].join('\n')
}

const page = `
## The Open Bandit Dataset

Two policies chose items for a fashion shop in the same week, and each logged its propensities. So what one would earn can be estimated from
the log of the other and held against what it earned. Written by \`npx tsx reproduce/ope.ts\`; the same by hand:

\`\`\`sh
tributary import obd ../shared/data/obd-men --out logs/obd
tributary ope --log logs/obd/random.parquet --policy bts
tributary ope --log logs/obd/bts.parquet --policy random --force
\`\`\`

${section('bts', 'random')}

${section('random', 'bts')}

### What this is worth

There are 46 and 69 clicks in these logs, so the truth itself is known within a third, and no two policies can be told apart by it: this shows
that estimates come out where they should, with intervals as wide as they have to be, and no more. The publisher names no users: rows are taken as
independent, and where one user saw several of them, all intervals here are too narrow. Thompson sampling learned as it went, and what it
would have shown at a moment is not published; the target *Thompson sampling* is its share of each item at each position over the week. The reward
model is the click rate of an item at a position, drawn to the mean as if by 500 shown items, and has not seen the row that it is asked about.
`
if (values.write) await writeSection('obd', page)
else console.log(page)
