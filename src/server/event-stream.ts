import { TributaryError } from '../core/index.ts'
import type { EventsOutcome, RejectedEvent } from '../serving/events.ts'
import { type Line, linesOf } from './ndjson.ts'

/** Of a stream, the first are told; all are counted. */
export const MOST_TOLD = 1000

/** What became of a stream, or of a batch. */
export interface EventTotals extends EventsOutcome {
  readonly rejectedCount: number
}

export const NO_EVENTS: EventTotals = {
  ...{ accepted: 0, duplicates: 0, conflicts: 0, unprotected: 0, rejected: [], rejectedCount: 0 },
  sequence: 0,
}

/** Whether something was there and nothing was taken. */
export function isRefused({ accepted, duplicates, conflicts, rejectedCount }: EventTotals): boolean {
  return rejectedCount > 0 && accepted + duplicates + conflicts === 0
}

/** Takes the lines of a stream as they come, and tells of each part of them when it is on disk. */
export async function* takeLines(
  body: ReadableStream<Uint8Array>,
  most: number,
  take: (batch: readonly unknown[]) => Promise<EventsOutcome>,
): AsyncGenerator<EventTotals> {
  let before = 0
  for await (const lines of linesOf(body, most)) {
    const whole = lines.filter((line) => 'value' in line)
    const outcome = await take(whole.map(({ value }) => value)).catch((error) => {
      throw afterSome(error, before)
    })
    const rejected = [
      ...outcome.rejected.map((rejection) => ({ ...rejection, index: whole[rejection.index].index })),
      ...lines.filter((line) => !('value' in line)).map(noJson),
    ].sort((a, b) => a.index - b.index)
    before += outcome.accepted + outcome.duplicates + outcome.conflicts
    yield { ...outcome, rejected, rejectedCount: rejected.length }
  }
}

/** Both together; of a stream that is long, not all that was wrong. */
export function sum(one: EventTotals, other: EventTotals): EventTotals {
  return {
    accepted: one.accepted + other.accepted,
    duplicates: one.duplicates + other.duplicates,
    conflicts: one.conflicts + other.conflicts,
    unprotected: one.unprotected + other.unprotected,
    rejected: [...one.rejected, ...other.rejected].slice(0, MOST_TOLD),
    rejectedCount: one.rejectedCount + other.rejectedCount,
    sequence: other.sequence,
  }
}

function noJson({ index }: Line): RejectedEvent {
  return { index, code: 'bad-request', message: `line ${index + 1} is not JSON; each line is one event` }
}

/** Whoever sends a stream again must know that this does no harm. */
function afterSome(error: unknown, before: number): unknown {
  if (!(error instanceof TributaryError) || before === 0) return error
  const message = `${error.message}; ${before} events were taken before, and those with an id count once when they are sent again`
  return new TributaryError(error.code, message, { cause: error })
}
