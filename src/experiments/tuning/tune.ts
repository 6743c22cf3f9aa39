import { TributaryError } from '../../core/index.ts'
import { accountOfSplit, splitDataset } from '../../data/index.ts'
import { createRng, type Rng } from '../../math/index.ts'
import type { ExperimentEvent } from '../runner.ts'
import { rungs } from './halving.ts'
import { importances } from './importance.ts'
import type { Trial, TuningOutcome, TuningPlan } from './plan.ts'
import { randomPoint } from './space.ts'
import { nextPoint } from './tpe.ts'
import { Trials } from './trials.ts'

/**
 * Searches the options with which a model does best on validation; no test case is looked at. The first trial is of the defaults. Killed
 * and asked again, it goes on: what is drawn depends on the seed and on what was found before alone.
 * @throws TributaryError `bad-argument` for a metric or domain that there is not, or a model that successive halving cannot stop early;
 * `mismatch` when the folder holds another tuning; `interrupted` by the signal
 */
export async function* tune(plan: TuningPlan): AsyncGenerator<ExperimentEvent, TuningOutcome> {
  const { entry, sampler } = plan
  const { epochs } = entry.config
  if (sampler === 'halving' && typeof epochs !== 'number')
    throw new TributaryError(
      'bad-argument',
      `${entry.spec.name} has no epochs to stop after; tune it with tpe or random`,
    )
  const trials = await Trials.of(plan)
  const rng = createRng(plan.seed).split('tuning')
  yield* sampler === 'halving' ? halve(trials, plan, epochs as number, rng) : search(trials, plan, rng)
  return outcomeOf(trials, plan)
}

/** Trains a batch of them to their end, chooses the next by what was found, and so on. */
async function* search(
  trials: Trials,
  { space, sampler, trials: count, batch }: TuningPlan,
  rng: Rng,
): AsyncGenerator<ExperimentEvent, void> {
  for (let first = 0; first < count; first += batch) {
    const numbers = Array.from({ length: Math.min(batch, count - first) }, (_, i) => first + i)
    const known = trials.tried()
    for (const number of numbers) {
      const drawn = rng.split('trial', number)
      const point = sampler === 'random' ? randomPoint(space, drawn) : nextPoint(space, known, drawn)
      trials.points[number] = point
      known.push({ point, value: Number.NaN })
    }
    yield* trials.train(numbers)
  }
}

/** Trains all of them a little, the best of these longer, and so on. */
async function* halve(
  trials: Trials,
  { space, trials: count }: TuningPlan,
  wholeEpochs: number,
  rng: Rng,
): AsyncGenerator<ExperimentEvent, void> {
  for (let n = 0; n < count; n++) trials.points[n] = randomPoint(space, rng.split('trial', n))
  let alive = Array.from({ length: count }, (_, n) => n)
  const rounds = rungs(count, wholeEpochs)
  for (const [k, { epochs }] of rounds.entries()) {
    yield { type: 'note', text: `round ${k + 1} of ${rounds.length}: ${alive.length} trials, ${epochs} epochs each` }
    yield* trials.train(alive, epochs)
    const next = rounds[k + 1]
    if (next === undefined) return
    const scoreOf = (n: number) => trials.done[n].value
    const order = [...alive].sort((a, b) => {
      if (trials.better(scoreOf(a), scoreOf(b))) return -1
      return trials.better(scoreOf(b), scoreOf(a)) ? 1 : a - b
    })
    // What was found is held against the defaults, trained as long.
    const kept = new Set([...order.slice(0, next.trials), 0])
    for (const n of alive) if (!kept.has(n)) trials.done[n] = { ...trials.done[n], stopped: true }
    alive = alive.filter((n) => kept.has(n))
  }
}

/** @throws TributaryError `not-finite` where no trial came to an end */
function outcomeOf(trials: Trials, plan: TuningPlan): TuningOutcome {
  const { entry, space, sampler, seed, trainingSeed, objective } = plan
  const { dataset, metric, splitName, done } = trials
  const ended = done.filter(({ value, stopped }) => Number.isFinite(value) && !stopped)
  if (ended.length === 0)
    throw new TributaryError('not-finite', `no trial came to an end; the first failed: ${done[0]?.failure}`)
  const bestBy = (figure: (trial: Trial) => number) =>
    ended.reduce((best, trial) => (trials.better(figure(trial), figure(best)) ? trial : best))
  const asked = dataset.domains.filter((domain) => Number.isFinite(ended[0].domains[domain]))
  return {
    model: entry.spec.name,
    dataset: { name: dataset.name, hash: dataset.hash },
    split: splitName,
    ...{ sampler, seed, trainingSeed, metric: metric.name, objective },
    lessIsBetter: !metric.higherIsBetter,
    fixed: entry.overrides,
    space,
    trials: done,
    best: bestBy(({ value }) => value),
    defaults: done[0],
    bestByDomain: Object.fromEntries(asked.map((domain) => [domain, bestBy(({ domains }) => domains[domain]).number])),
    importances: importances(space, sampler === 'halving' ? [] : trials.tried()),
    splitNotes: accountOfSplit(dataset, splitDataset(dataset, splitName)).notes,
  }
}
