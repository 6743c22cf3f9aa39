import type { InteractionLog } from '../../core/index.ts'

export interface TimeDescription {
  /** ISO 8601, UTC. */
  readonly first: string
  readonly last: string
  /** Different times in the log. */
  readonly moments: number
  /** What all times are whole ones of. */
  readonly step: 'day' | 'hour' | 'minute' | 'second' | 'less'
  /** Rows that have the time of the row before of their user: their order is that of the file. */
  readonly tied: number
  /** Rows that are there already: same user, item, time, value and part. */
  readonly repeatedRows: number
}

const STEPS = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
  ['second', 1],
] as const

/** How far the times of a log order it. */
export function describeTimes(log: InteractionLog, times: Float64Array): TimeDescription {
  const sorted = times.slice().sort()
  let moments = 0
  for (let i = 0; i < sorted.length; i++) if (i === 0 || sorted[i] !== sorted[i - 1]) moments++
  const [step] = STEPS.find(([, seconds]) => times.every((time) => time % seconds === 0)) ?? ['less' as const]
  let [tied, repeatedRows] = [0, 0]
  // Rows of one user and time stand together.
  let group = new Set<string>()
  for (let row = 0; row < log.length; row++) {
    const again = row > 0 && log.user[row] === log.user[row - 1] && times[row] === times[row - 1]
    if (again) tied++
    else if (group.size > 0) group = new Set()
    const next = row + 1 < log.length && log.user[row] === log.user[row + 1] && times[row] === times[row + 1]
    if (!again && !next) continue
    const key = `${log.item[row]} ${log.value?.[row]} ${log.part?.[row]}`
    if (group.has(key)) repeatedRows++
    else group.add(key)
  }
  return { first: isoTime(sorted[0]), last: isoTime(sorted.at(-1)!), moments, step, tied, repeatedRows }
}

/** Below so many different times a cut in time moves whole periods. */
const FEW_MOMENTS = 100
const MANY_TIED = 0.05

export function timeNotes({ moments, step, tied, repeatedRows }: TimeDescription, rows: number): string[] {
  const notes: string[] = []
  const coarse = [
    ...(moments < FEW_MOMENTS && moments < rows / 10
      ? [`there are only ${count(moments, 'different time', 'different times')}`]
      : []),
    ...(tied > MANY_TIED * rows
      ? [
          `${((100 * tied) / rows).toFixed(1)} % of the rows have the time of their user's row before, and stand as they did in the file`,
        ]
      : []),
  ]
  if (coarse.length > 0)
    notes.push(
      `times are coarse${step === 'day' ? ' (whole days)' : ''}: ${coarse.join('; ')}; splits that cut in time keep or leave out all rows of a time (,ties=train)`,
    )
  if (repeatedRows > 0)
    notes.push(
      `${count(repeatedRows, 'row is', 'rows are')} there already, with the same user, item and time: was a part of the log read twice?`,
    )
  return notes
}

function isoTime(seconds: number): string {
  const date = new Date(seconds * 1000)
  // Beyond the years that dates can hold the number says more than nothing.
  return Number.isNaN(date.getTime()) ? String(seconds) : date.toISOString()
}

function count(n: number, one: string, many: string): string {
  return `${n.toLocaleString('en-US')} ${n === 1 ? one : many}`
}
