/** Progress of one piece of long work. On a terminal a bar that redraws in place, elsewhere a plain line now and then. */
export interface Progress {
  /** `done` of `total` units are ready; redraws at most every 80 ms, and elsewhere speaks at most every 10 s. */
  update(done: number, total: number, detail?: string): void
  /** A line that stays, above the bar. */
  line(text: string): void
  /** Starts a new count (another epoch, another model) under another label. */
  next(label: string): void
  /** Takes the bar away. */
  end(): void
}

/** The part of a write stream that progress needs. */
export interface ProgressStream {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

const REDRAW_MS = 80
const PLAIN_MS = 10_000
const BAR_WIDTH = 24
const ERASE_LINE = '\r\u001b[2K'

/** @param now milliseconds of a monotonic clock */
export function startProgress(
  stream: ProgressStream,
  label: string,
  unit: string,
  now: () => number = () => performance.now(),
): Progress {
  const redraws = stream.isTTY === true
  let started = now()
  // Plain lines wait one interval, so that short work says nothing; a bar shows at once.
  let spoken = redraws ? Number.NEGATIVE_INFINITY : started
  let shown = ''

  const erase = () => {
    if (shown !== '') stream.write(ERASE_LINE)
    shown = ''
  }
  return {
    update(done, total, detail) {
      const time = now()
      if (time - spoken < (redraws ? REDRAW_MS : PLAIN_MS)) return
      spoken = time
      const text = describeProgress(label, unit, done, total, (time - started) / 1000, detail)
      if (!redraws) {
        stream.write(`${text}\n`)
        return
      }
      const filled = total > 0 ? Math.min(BAR_WIDTH, Math.floor((BAR_WIDTH * done) / total)) : 0
      const line = `[${'#'.repeat(filled)}${'.'.repeat(BAR_WIDTH - filled)}] ${text}`
      shown = line.slice(0, Math.max(20, (stream.columns ?? 80) - 1))
      stream.write(ERASE_LINE + shown)
    },
    line(text) {
      const bar = shown
      erase()
      stream.write(`${text}\n`)
      if (bar !== '') {
        stream.write(bar)
        shown = bar
      }
    },
    next(newLabel) {
      label = newLabel
      started = now()
    },
    end: erase,
  }
}

/** `sasrec epoch 3: 42 %, 1,234 sequences/s, 12 s left, loss 5.123`. */
export function describeProgress(
  label: string,
  unit: string,
  done: number,
  total: number,
  seconds: number,
  detail?: string,
): string {
  const parts: string[] = []
  if (total > 0) parts.push(`${Math.floor((100 * done) / total)} %`)
  const rate = seconds > 0 ? done / seconds : 0
  if (rate > 0) {
    parts.push(`${formatCount(rate)} ${unit}/s`)
    if (total > done) parts.push(`${formatDuration((total - done) / rate)} left`)
  }
  if (detail) parts.push(detail)
  return `${label}: ${parts.join(', ')}`
}

/** Three digits that matter, thousands separated: 0.52, 12.3, 1,234. */
export function formatCount(value: number): string {
  if (value >= 100 || Number.isInteger(value)) return Math.round(value).toLocaleString('en-US')
  return value.toPrecision(3)
}

/** `8 s`, `2 min 05 s`, `3 h 07 min`. */
export function formatDuration(seconds: number): string {
  const whole = Math.ceil(seconds)
  if (whole < 60) return `${whole} s`
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`
  return `${Math.floor(whole / 3600)} h ${String(Math.floor((whole % 3600) / 60)).padStart(2, '0')} min`
}
