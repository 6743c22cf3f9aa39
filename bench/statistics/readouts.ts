// How often whole readouts of experiments in which nothing differs (three services, all together, and the checks before them) say
// better, worse, ship, roll back or unsound at least once, when they are read as users come. Prints the row of docs/log.md.
//   tsx bench/statistics/readouts.ts [--experiments 500] [--reads 50] [--users 2000]
import { parseArgs } from 'node:util'
import type { Experiment } from '../../src/serving/experiments/experiment.ts'
import { type Readout, readout, type UserColumns } from '../../src/serving/experiments/readout/index.ts'
import { holm } from '../../src/statistics/index.ts'
import { type ExperimentWorld, experimentWorld } from '../../test/worlds/experiment-worlds.ts'

const { values: asked } = parseArgs({
  options: {
    experiments: { type: 'string', default: '500' },
    reads: { type: 'string', default: '50' },
    users: { type: 'string', default: '2000' },
  },
})
const [experiments, reads, users] = [Number(asked.experiments), Number(asked.reads), Number(asked.users)]

/** What is observed of those who came before a moment. */
function until(columns: ExperimentWorld['columns'], moment: number): UserColumns {
  const there = [...columns.assigned.keys()].filter((user) => columns.assigned[user] <= moment)
  const pick = (column: Float64Array) => Float64Array.from(there, (user) => column[user])
  return {
    ...columns,
    users: there.length,
    arm: Int32Array.from(there, (user) => columns.arm[user]),
    assigned: pick(columns.assigned),
    strayed: Uint8Array.from(there, (user) => columns.strayed[user]),
    lists: columns.lists.map(pick),
    seen: columns.seen.map(pick),
    short: columns.short.map(pick),
    rewards: new Map(
      [...columns.rewards].map(([name, { after, before }]) => [
        name,
        { after: after.map(pick), before: before.map(pick) },
      ]),
    ),
  }
}

function* readOften({ columns, start, end }: ExperimentWorld): Generator<Readout> {
  const experiment: Experiment = {
    name: 'watched',
    status: 'running',
    arms: columns.arms.map((name) => ({ name })),
    metrics: [{ name: 'purchases', reward: 'purchase:24h:count' }],
    startedAt: start,
    weighings: columns.weighings,
    plannedUsers: users / 2,
    minimumDays: 0,
  }
  for (let read = 1; read <= reads; read++) {
    const moment = start + ((end - start) * read) / reads
    yield readout(until(columns, moment), experiment, { until: moment })
  }
}

interface Said {
  readonly verdict: boolean
  readonly fixed: boolean
  readonly decided: boolean
  readonly unsound: boolean
}

/** Of all reads of one experiment, whether one said so. */
function said(world: ExperimentWorld): Said {
  let [verdict, fixed, decided, unsound] = [false, false, false, false]
  for (const { metrics, decision } of readOften(world)) {
    for (const { overall, domains } of metrics.values()) {
      const places = [overall, ...domains.values()].filter(({ verdict }) => verdict !== 'too few users')
      verdict ||= places.some((place) => place.verdict === 'better' || place.verdict === 'worse')
      fixed ||= holm(places.map(({ difference }) => difference.p)).some((p) => p <= 0.05)
    }
    decided ||= decision.says.includes('ship') || decision.kind === 'roll back' || decision.says.includes('control in')
    unsound ||= decision.kind === 'unsound'
  }
  return { verdict, fixed, decided, unsound }
}

const told = Array.from({ length: experiments }, (_, seed) => said(experimentWorld({ seed, users })))
const percent = (of: (one: Said) => boolean) => `${((100 * told.filter(of).length) / told.length).toFixed(1)} %`
console.log(
  `${experiments} experiments of ${users} users in which nothing differs, three services, read ${reads} times\n`,
)
console.log('| better or worse somewhere | by t tests (Holm) | ship or roll back | unsound |\n|---|---|---|---|')
console.log(
  `| ${[percent((s) => s.verdict), percent((s) => s.fixed), percent((s) => s.decided), percent((s) => s.unsound)].join(' | ')} |`,
)
