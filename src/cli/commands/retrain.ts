import { existsSync, readFileSync } from 'node:fs'
import type { Command } from 'commander'
import { TributaryError } from '../../core/index.ts'
import { outcomeOf } from '../../experiments/events.ts'
import { isDue, type RetrainingEvent, type RetrainingOutcome, retrain } from '../../serving/retraining.ts'
import { type RetrainingPlan, retrainingPlan } from '../../serving/retraining-plan.ts'
import type { Store } from '../../serving/store/store.ts'
import { createCommand, withTerminal } from '../terminal/command.ts'
import { integerFrom, STORE, THREADS } from '../terminal/options.ts'
import { formatCount } from '../terminal/progress.ts'
import type { Terminal } from '../terminal/terminal.ts'
import { withStore } from './store.ts'

interface RetrainOptions {
  readonly store: string
  readonly runs: string
  readonly plan: string
  readonly name?: string
  readonly champion?: string
  readonly ifDue?: boolean
  readonly leastUsers?: number
  readonly threads: number
}

export function retrainCommand(): Command {
  return createCommand(
    'retrain',
    'train a model on the events of a store, and let it answer where it is not worse than what does',
    [
      'retrain --store sqlite:tributary.db --runs runs --champion sasrec=runs/sasrec',
      'retrain --store sqlite:tributary.db --runs runs --plan retraining.json --if-due',
    ],
  )
    .requiredOption(...STORE)
    .requiredOption('--runs <folder>', 'where the new run goes, and those are that servers of the store may add')
    .option(
      '--plan <json>',
      'how: a JSON object, or a file that holds one (default: what answers today, with its options)',
      '{}',
    )
    .option('--champion <name=run>', 'what answers today, where it was not added but a server was started with it')
    .option('--name <name>', 'of the new model (default: retrained- and the time)')
    .option('--if-due', "do nothing before the plan's time and number of new events have come")
    .option('--least-users <n>', 'how many users a verdict on a domain takes', integerFrom(1))
    .option(...THREADS)
    .action(
      withTerminal<[RetrainOptions]>(async (terminal, options) => {
        const plan = planOf(options.plan)
        const now = new Date()
        const { name = `retrained-${now.toISOString().slice(0, 19).replaceAll(':', '-')}` } = options
        await withStore(options.store, async (store) => {
          if (options.ifDue && !(await isTaken(store, plan, now.getTime()))) {
            terminal.report({ status: 'not-due' }, 'it is not time yet: too few new events, or too soon')
            return
          }
          const { runs, threads, leastUsers } = options
          const champion = options.champion === undefined ? undefined : championOf(options.champion)
          const work = retrain({ store, plan, runs, name, champion, threads, leastUsers, signal: terminal.signal })
          const outcome = await outcomeOf(work, (event) => tell(terminal, event))
          terminal.report(outcome, sentence(outcome, plan))
        })
      }),
    )
}

/** Whether it is time, and no other process has taken the training meanwhile. */
async function isTaken(store: Store, plan: RetrainingPlan, now: number): Promise<boolean> {
  const before = await store.document('job', 'retraining')
  if (!(await isDue(store, plan, now))) return false
  return (await store.putDocument('job', 'retraining', { taken: now }, before?.revision ?? 0)) !== undefined
}

/**
 * Reads a plan.
 * @param text JSON, or the path of a file that holds it
 * @throws TributaryError `bad-config` for what is no plan
 */
export function planOf(text: string): RetrainingPlan {
  const where = existsSync(text) ? text : 'the plan'
  let value: unknown
  try {
    value = JSON.parse(existsSync(text) ? readFileSync(text, 'utf8') : text)
  } catch {
    throw new TributaryError('bad-config', `${where} is neither a JSON object nor a file that holds one`)
  }
  const parsed = retrainingPlan.safeParse(value)
  if (parsed.success) return parsed.data
  const [{ path, message }] = parsed.error.issues
  throw new TributaryError('bad-config', `${where} is no plan of a retraining: ${[...path, message].join(': ')}`)
}

function championOf(text: string) {
  const [, name, folder] = /^([^=]+)=(.+)$/s.exec(text) ?? []
  if (name !== undefined && folder !== undefined) return { name, folder }
  throw new TributaryError('bad-argument', `--champion takes NAME=RUN, not '${text}'`)
}

function tell(terminal: Terminal, event: RetrainingEvent): void {
  if (event.type === 'log')
    terminal.note(
      `the store has ${formatCount(event.rows)} interactions of ${formatCount(event.users)} users with ${formatCount(event.items)} items`,
    )
  if (event.type === 'note') terminal.note(event.text)
  if (event.type === 'training' && event.event.type === 'epoch') {
    const { epoch, losses, validation } = event.event
    const figures = Object.entries({ ...(losses.loss !== undefined && { loss: losses.loss }), ...validation })
    terminal.note(
      `epoch ${epoch}: ${figures
        .slice(0, 3)
        .map(([name, value]) => `${name} ${value.toFixed(4)}`)
        .join(', ')}`,
    )
  }
}

function sentence({ status, name, reason }: RetrainingOutcome, { gate }: RetrainingPlan): string {
  if (status === 'promoted') return `${name} answers as ${gate.against}: ${reason}`
  if (status === 'waits') return `${name} is served beside ${gate.against} and waits to be switched to: ${reason}`
  return `${gate.against} stays: ${name} was trained, and ${reason}`
}
