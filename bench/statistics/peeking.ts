// How often experiments in which nothing differs are called better or worse, by an interval that may be watched and by a t test that
// is read as often; and how often a planned effect is seen. Prints the table of docs/log.md.
//   tsx bench/statistics/peeking.ts [--experiments 2000] [--reads 50]
import { parseArgs } from 'node:util'
import {
  type Calls,
  calls,
  conversion,
  type Outcome,
  planned,
  spend,
  visits,
} from '../../test/worlds/watched-experiments.ts'

const { values: asked } = parseArgs({
  options: { experiments: { type: 'string', default: '2000' }, reads: { type: 'string', default: '50' } },
})
const [experiments, reads] = [Number(asked.experiments), Number(asked.reads)]

const USERS = 10_000
const share = (found: readonly Calls[], of: (calls: Calls) => boolean) =>
  `${((100 * found.filter(of).length) / found.length).toFixed(1)} %`
const run = (outcome: Outcome, users: number, lift: number) =>
  Array.from({ length: experiments }, (_, seed) => calls({ outcome, users, lift, reads, seed }))

console.log(`${experiments} experiments of ${USERS} users in which nothing differs, read ${reads} times\n`)
console.log('| outcome | watched interval | t test at every read | t test at the end |\n|---|---|---|---|')
for (const outcome of [conversion, spend, visits]) {
  const found = run(outcome, outcome.returns ? USERS / 5 : USERS, 0)
  const cells = [
    share(found, (c) => c.anytime > 0),
    share(found, (c) => c.fixed > 0),
    share(found, (c) => c.fixedAtEnd),
  ]
  console.log(`| ${outcome.name} | ${cells.join(' | ')} |`)
}

console.log('\nThe effect is there, and as many users as the plan says\n')
console.log('| outcome, effect | users | seen, watched | median read | t test at the end |\n|---|---|---|---|---|')
for (const [outcome, lift] of [
  [conversion, 0.01],
  [spend, 0.03],
] as const) {
  const users = planned(outcome, lift, reads)
  const found = run(outcome, users, lift)
  const seen = found.map(({ anytime }) => anytime || Number.POSITIVE_INFINITY).sort((a, b) => a - b)
  const cells = [users, share(found, (c) => c.anytime > 0), seen[seen.length >> 1], share(found, (c) => c.fixedAtEnd)]
  console.log(`| ${outcome.name}, +${lift} | ${cells.join(' | ')} |`)
}
