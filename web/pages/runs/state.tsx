import { shortest } from './columns.ts'
import type { RunSummary } from './runs-told.ts'
import { durationText } from './summarize.ts'

const WORDS = { training: 'training', done: 'done', stopped: 'stopped', damaged: 'damaged' } as const

/** What runs are doing: of one that is trained how far it is, how fast it goes, and when it may end. */
export function State({ runs }: { runs: readonly RunSummary[] }) {
  const [run] = runs
  if (runs.length > 1) {
    const text = Object.keys(WORDS)
      .map((status) => ({ status, n: runs.filter((run) => run.status === status).length }))
      .filter(({ n }) => n > 0)
      .map(({ status, n }) => `${n} ${status}`)
      .join(', ')
    return <td title={text}>{text}</td>
  }
  if (run.status === 'damaged')
    return (
      <td class="failure" title={run.reason?.slice(0, 500)}>
        damaged: <bdi>{run.reason?.replace(`${run.path}/`, '').slice(0, 200)}</bdi>
      </td>
    )
  if (run.status !== 'training') {
    const doubts = run.cautions?.length ?? 0
    const text = `${run.status}${doubts === 0 ? '' : doubts === 1 ? ', 1 caution' : `, ${doubts} cautions`}`
    return <td title={[run.reason, ...(run.cautions ?? [])].filter(Boolean).join('\n').slice(0, 1000)}>{text}</td>
  }
  const text = paceText(run)
  return (
    <td title={text}>
      {run.epochs?.of !== undefined && run.domains === undefined && (
        <progress value={run.epochs.done} max={run.epochs.of} aria-label="epochs done" />
      )}{' '}
      {text}
    </td>
  )
}

/** `12/200 · 34 a minute · 5 min 30 s left at most`. */
export function paceText({ epochs, domains, epochsPerMinute, secondsLeft }: RunSummary): string {
  const of = epochs?.of === undefined ? '' : `/${domains === undefined ? epochs.of : `${epochs.of} a domain`}`
  return [
    epochs === undefined ? 'training' : `${epochs.done}${of}`,
    epochsPerMinute !== undefined && `${shortest(epochsPerMinute)}/min`,
    secondsLeft !== undefined && `≤ ${durationText(secondsLeft)} left`,
  ]
    .filter(Boolean)
    .join(' · ')
}
