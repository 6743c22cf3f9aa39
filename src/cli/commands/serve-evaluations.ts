import { runChild } from '../../jobs/index.ts'
import { type EvaluationBody, type Evaluator, putEvaluation } from '../../serving/evaluations.ts'
import type { JsonObject, Store } from '../../serving/store/store.ts'
import { sharedWords, thisProgram } from '../terminal/engine.ts'

export interface ServeEvaluationsOptions {
  readonly store: Store
  /** As `--store` has it. */
  readonly url: string
  readonly runs: string | undefined
  /** The models that the server was started with: NAME=RUN. */
  readonly models: readonly string[]
  /** How they were opened: options of the command line. */
  readonly as: readonly string[]
}

export interface ServeEvaluations extends Evaluator {
  /** Ends the evaluation that is on, and waits until the store has it. */
  end(): Promise<void>
}

/**
 * Evaluates in a process of its own, `tributary ope`, so that answers do not wait for it; one at a time. The store has the answer.
 * @param onError told where the store does not take it
 */
export function evaluateBeside(options: ServeEvaluationsOptions, onError: (error: unknown) => void): ServeEvaluations {
  let on: { readonly name: string; readonly stopping: AbortController; readonly ended: Promise<void> } | undefined
  const begin = (name: string, asked: EvaluationBody) => {
    const { store } = options
    const started = Date.now()
    const told = { name, started, asked: asked as unknown as JsonObject }
    const running = putEvaluation(store, { ...told, status: 'running' })
    const stopping = new AbortController()
    const words = [...wordsOf(options, asked), ...sharedWords()]
    const ended = runChild(thisProgram(), words, { signal: stopping.signal, keepsPrinted: true })
      .then(async ({ printed, reason }) => {
        await running
        // What is not supported is an answer, too, and a refusal.
        const body =
          printed === '' ? { status: 'failed' as const } : { status: 'done' as const, evaluation: JSON.parse(printed) }
        return putEvaluation(store, { ...told, ...body, ended: Date.now(), ...(reason && { reason }) })
      })
      .catch(onError)
      .finally(() => {
        on = undefined
      })
    on = { name, stopping, ended }
  }
  return {
    start(name, asked) {
      if (on !== undefined) return false
      begin(name, asked)
      return true
    },
    stop(name) {
      if (on?.name !== name) return false
      on.stopping.abort()
      return true
    },
    async end() {
      on?.stopping.abort()
      await on?.ended
    },
  }
}

function wordsOf({ url, runs, models, as }: ServeEvaluationsOptions, asked: EvaluationBody): string[] {
  const { policies, reward, since, until, placement, per, level } = asked
  const given = (option: string, value: string | number | undefined) =>
    value === undefined ? [] : [option, `${value}`]
  const time = (at: number | undefined) => (at === undefined ? undefined : new Date(at).toISOString())
  return [
    ...['ope', '--json', '--log', url, '--reward', reward],
    ...policies.flatMap(({ model, temperature }) => [
      '--policy',
      temperature === undefined ? model : `${model}:temperature=${temperature}`,
    ]),
    ...models.flatMap((model) => ['--logger', model]),
    ...given('--runs', runs),
    ...given('--since', time(since)),
    ...given('--until', time(until)),
    ...given('--placement', placement),
    ...given('--per', per),
    ...given('--level', level),
    ...as,
  ]
}
