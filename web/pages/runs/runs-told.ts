import { useEffect, useRef, useState } from 'preact/hooks'
import type { Answer, Client } from '../../../src/client/index.ts'
import { type Answered, onTold, useAnswer } from '../../api.ts'

type RunsAnswer = Answer<'listRuns'>
export type RunSummary = RunsAnswer['runs'][number]
export type RunTold = Answer<'getRun'>
export type SeriesTold = Answer<'getSeries'>

interface Changes {
  readonly changed: readonly RunSummary[]
  readonly removed: readonly string[]
}

/** All runs there are, as they change. */
export function useRuns(): Answered<RunsAnswer> {
  const answered = useAnswer((client, signal) => client.listRuns({ signal }), [])
  const { value } = answered
  const [shown, show] = useState(value)
  useEffect(() => show(value), [value])
  useEffect(
    () =>
      onTold<Changes>('runs', (changes) =>
        show((before) => before && { ...before, runs: afterChanges(before.runs, changes) }),
      ),
    [],
  )
  return { ...answered, value: shown }
}

/** New ones first, the others in their places. */
function afterChanges(runs: readonly RunSummary[], { changed, removed }: Changes): RunSummary[] {
  const byId = new Map(changed.map((run) => [run.id, run]))
  const gone = new Set(removed)
  const kept = runs
    .filter(({ id }) => !gone.has(id))
    .map((run) => {
      const next = byId.get(run.id) ?? run
      byId.delete(run.id)
      return next
    })
  return [...byId.values(), ...kept]
}

/** An address must not grow longer than servers take. */
const MOST_ADDRESS = 6_000

/** Curves of any number of runs, asked for a few at a time; anew when one of them has changed. */
export function useSeries(runs: readonly RunSummary[], metrics: readonly string[]): Answered<SeriesTold> {
  const stamps = runs.map(({ id, changed }) => `${id} ${changed}`).join('\n')
  return useAnswer(
    (client, signal) =>
      seriesOf(
        client,
        runs.map(({ id }) => id),
        metrics,
        signal,
      ),
    [stamps, metrics.join('\n')],
  )
}

async function seriesOf(
  client: Client,
  ids: readonly string[],
  metric: readonly string[],
  signal: AbortSignal,
): Promise<SeriesTold> {
  const parts: string[][] = [[]]
  let length = 0
  for (const id of ids) {
    length += encodeURIComponent(id).length + 5
    if (length > MOST_ADDRESS && parts.at(-1)!.length > 0) {
      parts.push([])
      length = 0
    }
    parts.at(-1)!.push(id)
  }
  const told: SeriesTold[] = []
  for (const run of parts)
    if (run.length > 0) told.push(await client.getSeries({ query: { run, metric: [...metric] }, signal }))
  return {
    series: told.flatMap(({ series }) => series),
    metrics: [...new Set(told.flatMap(({ metrics }) => metrics))],
    missing: told.flatMap(({ missing }) => missing),
  }
}

/** All that some runs were made with, each asked for once. */
export function useDetails(ids: readonly string[]): Answered<ReadonlyMap<string, RunTold>> {
  const known = useRef(new Map<string, RunTold>())
  return useAnswer(
    async (client, signal) => {
      const missing = ids.filter((id) => !known.current.has(id))
      const told = await Promise.allSettled(missing.map((run) => client.getRun({ path: { run }, signal })))
      // What was deleted meanwhile has no options any more.
      for (const one of told) if (one.status === 'fulfilled') known.current.set(one.value.summary.id, one.value)
      return new Map(known.current)
    },
    [ids.join('\n')],
  )
}
