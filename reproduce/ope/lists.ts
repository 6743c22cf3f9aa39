// How often intervals of lists and of episodes hold what is true: `npx tsx reproduce/ope/lists.ts --help` says how.
import { type ListedCoverage, listedCoverage } from '../../test/worlds/listed-coverage.ts'
import { episodeWorld, listedWorld } from '../../test/worlds/listed-worlds.ts'
import { readOptions, unlessNo, whole } from '../shared/command.ts'
import { table } from '../shared/markdown.ts'
import { writeSection } from './section.ts'

const values = readOptions({
  script: 'ope/lists.ts',
  does: 'How often the 95 % intervals of off-policy evaluation hold the truth where lists and episodes are judged, in worlds of which it is known.',
  results: 'a section of docs/results/ope.md.',
  options: {
    seeds: whole('logs drawn of each world, 1 to N', 1000),
    write: unlessNo('print the section, but do not write it'),
  },
})

type Found = ReadonlyMap<string, ListedCoverage>

function run(name: string, coverage: () => ListedCoverage): readonly [string, ListedCoverage] {
  const found = coverage()
  console.log(name, JSON.stringify([...found.difference]), found.refused, found.disagree)
  return [name, found]
}

const lists: Found = new Map(
  (
    [
      ['independent', { reader: 'independent', distance: 0.8 }],
      ['cascade, near', { reader: 'cascade', distance: 0.4 }],
      ['cascade', { reader: 'cascade', distance: 0.8 }],
      ['standard', { reader: 'standard', distance: 0.8 }],
    ] as const
  ).map(([name, options]) =>
    run(name, () => listedCoverage('ranking', (seed) => listedWorld({ ...options, seed }), values.seeds)),
  ),
)
const episodes: Found = new Map(
  (
    [
      ['near', { distance: 0.3 }],
      ['far', { distance: 0.6 }],
      ['poor features', { distance: 0.6, features: 'sides' }],
    ] as const
  ).map(([name, options]) =>
    run(name, () => listedCoverage('episode', (seed) => episodeWorld({ ...options, seed }), values.seeds)),
  ),
)

const share = ({ held, given } = { held: 0, given: 0 }) => (given === 0 ? '' : ((100 * held) / given).toFixed(1))
const held = (found: Found) =>
  table(
    ['% of intervals that hold the truth', ...found.keys()],
    [...new Set([...found.values()].flatMap(({ difference }) => [...difference.keys()]))].map((name) => [
      name,
      ...[...found.values()].map(({ difference }) => share(difference.get(name))),
    ]),
  )
const told = (found: Found, of: 'refused' | 'disagree') =>
  [...found].map(([name, coverage]) => `${name} ${coverage[of]}`).join(', ')

/** How far a share of 95 % strays in so many logs. */
const luck = (196 * Math.sqrt(0.95 * 0.05)) / Math.sqrt(values.seeds)

const page = `
## Lists and episodes, where the truth is known

Written by \`npx tsx reproduce/ope/lists.ts --seeds ${values.seeds}\`: ${values.seeds} logs of each world (\`test/worlds/listed-worlds.ts\`), with users who come back and differ in what they
pay. What any policy earns there is a finite sum. Intervals of target less served, by the delta method, users whole. A share of 95 % comes out
between ${(95 - luck).toFixed(1)} % and ${(95 + luck).toFixed(1)} % in 19 of 20 cells, by luck alone.

Three of six items, 800 users with some 2,400 lists. What an item earns depends on itself (*independent*), on those above it (*cascade*), or on all of the list (*standard*):

${held(lists)}

Refused: ${told(lists, 'refused')}. Called apart: ${told(lists, 'disagree')}.

- \`iips\` is biased in *cascade* and *standard*, \`rips\`, \`snrips\` and \`cascade-dr\` in *standard*: their assumptions do not hold there. With 2,400 lists the bias hides in the interval; it
  does not shrink as a log grows, and the interval does.

Episodes of at most six turns between five states, four items, users who leave; 1,000 users with some 2,000 episodes. Of *poor features* no Q is linear:

${held(episodes)}

Refused: ${told(episodes, 'refused')}. Called apart: ${told(episodes, 'disagree')}.

- \`fqe\` stands and falls with its features. \`sequential-dr\` begins from the same Q and is right all the same.
- \`tis\` has weights with so heavy a tail that its interval is too narrow: it is there for reference, and never decides.
`
if (values.write) await writeSection('lists', page)
else console.log(page)
