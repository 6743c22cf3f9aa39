import { type ChildProcess, spawn } from 'node:child_process'
import { type EvaluationBody, type Evaluator, putEvaluation } from '../../serving/evaluations.ts'
import type { JsonObject, Store } from '../../serving/store/store.ts'

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
  const [main] = process.argv.slice(1)
  let on: { readonly name: string; readonly child: ChildProcess; readonly ended: Promise<void> } | undefined
  const begin = (name: string, asked: EvaluationBody) => {
    const { store } = options
    const started = Date.now()
    const told = { name, started, asked: asked as unknown as JsonObject }
    const running = putEvaluation(store, { ...told, status: 'running' })
    const command = [...process.execArgv, main, ...wordsOf(options, asked)]
    const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe'] })
    let [answer, failed] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      answer += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      // The last lines are what went wrong.
      failed = (failed + text).slice(-2_000)
    })
    child.on('error', (error) => {
      failed = error.message
    })
    const closed = new Promise<void>((resolve) => child.on('close', () => resolve()))
    const ended = closed
      .then(() => running)
      .then(() => {
        const reason = failed.trim().split('\n').at(-1)
        // What is not supported is an answer, too, and a refusal.
        const body =
          answer === '' ? { status: 'failed' as const } : { status: 'done' as const, evaluation: JSON.parse(answer) }
        return putEvaluation(store, { ...told, ...body, ended: Date.now(), ...(reason && { reason }) })
      })
      .catch(onError)
      .finally(() => {
        on = undefined
      })
    on = { name, child, ended }
  }
  return {
    start(name, asked) {
      if (on !== undefined) return false
      begin(name, asked)
      return true
    },
    stop: (name) => on?.name === name && on.child.kill('SIGTERM'),
    async end() {
      on?.child.kill('SIGTERM')
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
