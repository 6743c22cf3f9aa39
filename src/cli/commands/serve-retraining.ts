import { TributaryError } from '../../core/index.ts'
import { runChild } from '../../jobs/index.ts'
import type { Retrainer } from '../../serving/retraining.ts'
import { sharedWords, thisProgram } from '../terminal/engine.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { planOf } from './retrain.ts'

export interface ServeRetrainingOptions {
  /** As `--retrain` says it. */
  readonly plan: string
  readonly store: string | undefined
  readonly runs: string | undefined
  /** What the server was started with: NAME=RUN. */
  readonly champion: string
}

export interface ServeRetraining extends Retrainer {
  /** Begins to look whether it is time. */
  follow(): void
  /** Ends it, with the training that is on. */
  end(): Promise<void>
}

/** How often the server looks whether it is time. */
const LOOK_MILLISECONDS = 30_000

/**
 * Trains now and then in a process of its own, so that answers do not wait for it. That process looks whether it is time; of several
 * servers of one store, one trains. Whoever asks for a training gets one at once.
 * @throws TributaryError `bad-argument` without a store and a folder of runs; `bad-config` for what is no plan
 */
export function retrainNowAndThen(
  { plan, store, runs, champion }: ServeRetrainingOptions,
  terminal: Pick<Terminal, 'note'>,
): ServeRetraining {
  planOf(plan)
  if (store === undefined || runs === undefined)
    throw new TributaryError(
      'bad-argument',
      '--retrain learns from the events of a store and puts its runs into a folder; give --store and --runs, too',
    )
  const words = ['retrain', '--json', '--store', store, '--runs', runs, '--plan', plan, '--champion', champion]
  let training: { readonly stopping: AbortController; readonly ended: Promise<void> } | undefined
  /** Somebody has asked for a training while the child process only looks whether it is time. */
  let [looks, wanted] = [false, false]
  const train = (...more: string[]) => {
    const stopping = new AbortController()
    const ended = runChild(thisProgram(), [...words, ...more, ...sharedWords()], {
      signal: stopping.signal,
      keepsPrinted: true,
      onLine: () => {
        looks = false
      },
    }).then(({ code, reason, printed }) => {
      training = undefined
      if (code === 0) noteOutcome(printed, terminal)
      else terminal.note(`retraining failed: ${reason}`)
      if (wanted) train()
      wanted = false
    })
    training = { stopping, ended }
  }
  const look = () => {
    if (training !== undefined) return
    looks = true
    train('--if-due')
  }
  let timer: NodeJS.Timeout | undefined
  return {
    follow() {
      timer = setInterval(look, LOOK_MILLISECONDS)
      look()
    },
    start() {
      if (training === undefined) train()
      else if (looks && !wanted) wanted = true
      else return false
      return true
    },
    stop() {
      training?.stopping.abort()
      return training !== undefined
    },
    async end() {
      clearInterval(timer)
      wanted = false
      training?.stopping.abort()
      await training?.ended
    },
  }
}

function noteOutcome(json: string, terminal: Pick<Terminal, 'note'>): void {
  const { status, name, reason } = JSON.parse(json) as { status: string; name?: string; reason?: string }
  if (status !== 'not-due') terminal.note(`retraining: ${name} is ${status}, ${reason}`)
}
