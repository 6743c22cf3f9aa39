// How often intervals hold what is true, in worlds where it is known: `npx tsx reproduce/ope/coverage.ts --help` says how.
import { type Coverage, type Covered, coverageIn } from '../../test/worlds/logged-coverage.ts'
import type { LoggedWorldOptions } from '../../test/worlds/logged-worlds.ts'
import { readOptions, unlessNo, whole } from '../shared/command.ts'
import { table } from '../shared/markdown.ts'
import { writeSection } from './section.ts'

const values = readOptions({
  script: 'ope/coverage.ts',
  does: 'How often the 95 % intervals of off-policy evaluation hold the truth, in worlds of which it is known: near and far targets, users who come back, several policies that served.',
  results: 'a section of docs/results/ope.md.',
  options: {
    seeds: whole('logs drawn of each world, 1 to N', 1000),
    write: unlessNo('print the section, but do not write it'),
  },
})

const WORLDS: Readonly<Record<string, LoggedWorldOptions>> = {
  near: { users: 800, distance: 0.3 },
  middle: { users: 800, distance: 0.6 },
  far: { users: 800, distance: 1 },
  regulars: { users: 450, unitsPerUser: 25, spread: 0.15, distance: 0.3 },
  'two policies': { users: 800, loggers: 2 },
}

/** A quarter of the usual: it widens no interval, and there are many. */
const SAMPLES = 500

const share = (covered: Covered | undefined) =>
  covered === undefined || covered.given === 0
    ? ''
    : `${(Math.round((1000 * covered.held) / covered.given) / 10).toFixed(1)}`

function run(world: LoggedWorldOptions): Coverage {
  const coverage = coverageIn(world, { seeds: values.seeds, samples: SAMPLES, rows: world === WORLDS.regulars })
  console.log(JSON.stringify(world), [...coverage.difference].map(([name, of]) => `${name} ${share(of)}`).join(', '))
  return coverage
}

const found = new Map(Object.entries(WORLDS).map(([name, world]) => [name, run(world)]))
const broken = run({ users: 800, direct: 0.15 })
const estimators = [...new Set([...found.values()].flatMap(({ value }) => [...value.keys()]))]
const rowsOf = (of: (coverage: Coverage) => ReadonlyMap<string, Covered>) =>
  estimators.map((name) => [name, ...[...found.values()].map((coverage) => share(of(coverage).get(name)))])
const held = (of: (coverage: Coverage) => ReadonlyMap<string, Covered>) =>
  table(['% of intervals that hold the truth', ...found.keys()], rowsOf(of))
const refused = [...found].map(([name, coverage]) => `${name} ${coverage.refused}`).join(', ')
const regulars = found.get('regulars') as Coverage
const plain = (name: string) => `${share(regulars.rows.get(name))} % (${name})`

const page = `
## Intervals, where the truth is known

Written by \`npx tsx reproduce/ope/coverage.ts --seeds ${values.seeds}\`: ${values.seeds} logs of each world (\`test/worlds/logged-worlds.ts\`), three domains, twelve
items of four kinds, 800 users (*regulars* 450) of four tastes; what any policy earns there is a finite sum. 95 % intervals, users drawn whole, ${SAMPLES} times. The target is
*near*, in the *middle* or *far* from what was served (weights spread as exp(0.3), exp(0.6) and exp(1) of a normal); *regulars* come back 25 times, some
far more often, and differ in what they pay; *two policies* served by chance. The reward model is additive in taste and item and so is wrong.
A share of 95 % comes out between ${(95 - (196 * Math.sqrt(0.95 * 0.05)) / Math.sqrt(values.seeds)).toFixed(1)} % and ${(95 + (196 * Math.sqrt(0.95 * 0.05)) / Math.sqrt(values.seeds)).toFixed(1)} % in 19 of 20 cells, by luck alone, and the worlds share their draws, so their
luck is one. Logs refused: ${refused}.

What the target earns more than what was served, all domains together:

${held(({ difference }) => difference)}

The same in each domain, where there are fewer users:

${held(({ domains }) => domains)}

What the target earns:

${held(({ value }) => value)}

- \`dm\`, \`switch-dr\` and \`dros\` trade bias for spread, and what they choose by the data hides how large the bias is. Their interval therefore
  holds that of \`dr\`, too. By their own spread alone they held the target's value in 8 % to 40 % of the logs of a first trial ([log](../log.md)).
- Were rows taken for users of their own, intervals of *regulars* would hold the target's value in ${plain('ipw')}, ${plain('snipw')} and ${plain('dr')}.
- \`mips\` and \`sn-mips\` stand and fall with their assumption that items of one kind earn alike. Where they do not (\`direct: 0.15\`, *middle*), their
  differences hold the truth in ${share(broken.difference.get('mips'))} % and ${share(broken.difference.get('sn-mips'))} %, and those of \`snipw\` in ${share(broken.difference.get('snipw'))} %.
`
if (values.write) await writeSection('coverage', page)
else console.log(page)
