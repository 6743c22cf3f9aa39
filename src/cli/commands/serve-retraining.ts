import { type ChildProcess, spawn } from 'node:child_process'
import { TributaryError } from '../../core/index.ts'
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

/** How often the server looks whether it is time. */
const LOOK_MILLISECONDS = 30_000

/**
 * Trains now and then in a process of its own, so that answers do not wait for it. That process looks whether it is time; of several
 * servers of one store, one trains.
 * @returns what ends it, with the training that is on
 * @throws TributaryError `bad-argument` without a store and a folder of runs; `bad-config` for what is no plan
 */
export function retrainNowAndThen(
  { plan, store, runs, champion }: ServeRetrainingOptions,
  terminal: Pick<Terminal, 'note'>,
): () => Promise<void> {
  planOf(plan)
  if (store === undefined || runs === undefined)
    throw new TributaryError(
      'bad-argument',
      '--retrain learns from the events of a store and puts its runs into a folder; give --store and --runs, too',
    )
  const [main] = process.argv.slice(1)
  const words = [
    'retrain',
    '--if-due',
    '--json',
    '--store',
    store,
    '--runs',
    runs,
    '--plan',
    plan,
    '--champion',
    champion,
  ]
  let training: ChildProcess | undefined
  const look = () => {
    if (training !== undefined) return
    const child = spawn(process.execPath, [...process.execArgv, main, ...words], { stdio: ['ignore', 'pipe', 'pipe'] })
    training = child
    let [told, failed] = ['', '']
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      told += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      // The last lines are what went wrong.
      failed = (failed + text).slice(-2_000)
    })
    child.on('error', (error) => {
      failed = error.message
    })
    child.on('close', (code) => {
      training = undefined
      if (code === 0) noteOutcome(told, terminal)
      else terminal.note(`retraining failed: ${failed.trim().split('\n').at(-1)}`)
    })
  }
  const timer = setInterval(look, LOOK_MILLISECONDS)
  look()
  return async () => {
    clearInterval(timer)
    const child = training
    if (child === undefined) return
    await new Promise((resolve) => {
      child.once('close', resolve)
      child.kill('SIGTERM')
    })
  }
}

function noteOutcome(json: string, terminal: Pick<Terminal, 'note'>): void {
  const { status, name, reason } = JSON.parse(json) as { status: string; name?: string; reason?: string }
  if (status !== 'not-due') terminal.note(`retraining: ${name} is ${status}, ${reason}`)
}
