// How often logs are refused that say nothing, and those that do: `npx tsx reproduce/ope/refusals.ts --help` says how.
import { evaluate } from '../../src/ope/index.ts'
import { FLAWS, type LoggedWorldOptions, loggedWorld } from '../../test/worlds/logged-worlds.ts'
import { readOptions, unlessNo, whole } from '../shared/command.ts'
import { table } from '../shared/markdown.ts'
import { writeSection } from './section.ts'

const values = readOptions({
  script: 'ope/refusals.ts',
  does: `Logs whose answer is known, with a flaw and without one: how often they are refused, and by which check first.`,
  results: 'a section of docs/results/ope.md.',
  options: {
    seeds: whole('logs drawn of each world, 1 to N', 200),
    write: unlessNo('print the section, but do not write it'),
  },
})

const SOUND: Readonly<Record<string, LoggedWorldOptions>> = {
  'sound, the target near': { distance: 0.3 },
  'sound, the target at a middle distance': {},
  'sound, two policies served': { loggers: 2 },
  'sound, rewards go away': { drift: 0.5 },
  'sound, rewards are told late': { delay: 3 },
  'sound, rewards have values': { values: true },
}
const worlds = { ...Object.fromEntries(FLAWS.map((flaw) => [flaw.replace('-', ' '), { flaw }])), ...SOUND }

const rows = Object.entries(worlds).map(([name, options]) => {
  const by = new Map<string, number>()
  let refused = 0
  for (let seed = 1; seed <= values.seeds; seed++) {
    const { logged, target } = loggedWorld({ ...options, users: 800, seed })
    // Whether a log is refused does not depend on what is drawn for intervals.
    const [{ overall }] = evaluate(logged, [target], { samples: 2 }).targets
    if (overall.refusal === undefined) continue
    refused++
    const first = overall.checks.find(({ outcome }) => outcome === 'refused')?.name ?? ''
    by.set(first, (by.get(first) ?? 0) + 1)
  }
  console.log(name, refused)
  return [name, `${refused} of ${values.seeds}`, [...by].map(([check, count]) => `${check} ${count}`).join(', ') || '–']
})

const page = `
## Refusals

Logs of 800 users (60 where there are few) whose answer is known, ${values.seeds} drawn of each world, by \`npx tsx reproduce/ope/refusals.ts\`: all are refused that cannot say
what the target would have earned, and none of these that can. Where the target is farther, or few users come again and again, some sound logs are refused, too: the sections above count them. Bars are the default ones.

${table(['world', 'refused', 'by the check, first of all'], rows)}
`
if (values.write) await writeSection('refusals', page)
else console.log(page)
