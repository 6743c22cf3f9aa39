import { TributaryError } from '../../core/index.ts'
import type { Estimate, Expected } from '../../experiments/estimate.ts'
import { outcomeOf } from '../../experiments/events.ts'
import type { Job } from '../../experiments/job.ts'
import type { ExperimentEvent } from '../../experiments/runner.ts'
import { findModel } from '../../registry.ts'
import { formatDuration } from './progress.ts'
import type { Terminal } from './terminal.ts'
import { type TimeLeft, timeLeft } from './time-left.ts'
import { drawTraining, type TrainingDrawing } from './training.ts'

/**
 * Shows how an experiment goes, with one estimate of when all of it ends.
 * @throws TributaryError what the experiment throws; `interrupted` says that nothing is lost
 */
export async function drawExperiment<T>(terminal: Terminal, events: AsyncGenerator<ExperimentEvent, T>): Promise<T> {
  let jobs: readonly Job[] = []
  let left: TimeLeft
  let training: TrainingDrawing | undefined
  let evaluating: ReturnType<Terminal['progress']> | undefined
  let label = ''
  let elsewhere: ReturnType<Terminal['progress']> | undefined
  let [given, done] = [0, 0]
  const end = () => {
    training?.end()
    evaluating?.end()
    training = evaluating = undefined
  }
  const show = (event: ExperimentEvent) => {
    switch (event.type) {
      case 'note':
        end()
        terminal.note(event.text)
        break
      case 'estimated': {
        const text = estimateText(event.estimate)
        if (text !== '') terminal.note(text)
        break
      }
      case 'spread':
        given = event.jobs.length
        done = 0
        elsewhere = terminal.progress(`trainings on ${event.engine}`, 'trainings')
        break
      case 'elsewhere':
        if (event.state === 'done') elsewhere?.line(`${++done}/${given} ${event.job.key} is trained`)
        elsewhere?.update(done, given)
        break
      case 'spread-share':
        elsewhere?.update(event.trained, given, `${done} of ${given} trained`)
        break
      case 'planned':
        elsewhere?.end()
        jobs = event.jobs
        left = timeLeft(
          jobs.map((job) => ({ kind: job.label })),
          'trainings',
        )
        break
      case 'begun': {
        const { job, place } = event
        const seeds = jobs.filter((other) => other.label === job.label).length
        label = `${place + 1}/${jobs.length} ${job.label}${seeds > 1 ? ` seed ${job.seed}` : ''}`
        left.begin()
        // A bar says how it goes; a log of several hours should not be silent.
        training = drawTraining(terminal, { label, task: findModel(job.model).task, epochLines: !terminal.live, left })
        break
      }
      case 'training':
        training?.show(event.event, event.share)
        break
      case 'evaluating':
        if (evaluating === undefined) {
          end()
          evaluating = terminal.progress(`${label}: evaluating`, 'cases')
        }
        evaluating.update(event.done, event.total, undefined, String(left))
        break
      case 'ended':
        end()
        left.end(!event.trained)
        break
    }
  }
  try {
    return await outcomeOf(events, show)
  } catch (error) {
    if (!(error instanceof TributaryError && error.code === 'interrupted')) throw error
    const message = `${error.message}; the same command goes on where this one stopped`
    throw new TributaryError('interrupted', message, { cause: error })
  } finally {
    elsewhere?.end()
    end()
  }
}

/** `about 12 min to 40 min for 10 trainings, by runs that are finished`; '' where nothing is to be trained or nothing tells. */
export function estimateText({ trainings, seconds, expected }: Estimate): string {
  if (trainings === 0) return ''
  const what = trainings === 1 ? 'one training' : `${trainings} trainings`
  if (seconds === undefined) {
    const unknown = expected.filter((one) => one.seconds === undefined).map(({ model }) => model)
    return `how long ${what} take is not known before the first steps: no finished run of ${unknown.join(', ')} on this dataset tells`
  }
  const from = new Set(expected.map((one) => SOURCES[one.from!]))
  return `${spanText(seconds, expected)} for ${what}, one after the other (by ${[...from].join(' and ')}; evaluation not counted)`
}

const SOURCES: Readonly<Record<NonNullable<Expected['from']>, string>> = {
  same: 'finished runs like them',
  model: 'finished runs of these models with other options',
  probe: 'the first steps of each',
}

/** Of what was seen to its end once, or to its end as if it never stopped early. */
export function spanText({ least, most }: NonNullable<Estimate['seconds']>, expected: readonly Expected[]): string {
  // First steps say what a training takes at most: it may stop early.
  if (expected.some(({ from, seconds }) => from === 'probe' && seconds!.least < seconds!.most))
    return `at most about ${formatDuration(most)}`
  const [low, high] = [least, most].map(formatDuration)
  return low === high ? `about ${low}` : `about ${low} to ${high}`
}
