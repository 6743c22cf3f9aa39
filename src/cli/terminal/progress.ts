import { cut, printable } from './screen-text.ts'

/** Progress of one piece of long work. On a terminal a bar that redraws in place, elsewhere a plain line now and then. */
export interface Progress {
  /**
   * `done` of `total` units are ready; redraws at most every 80 ms and at the end, and elsewhere speaks at most every 10 s.
   * @param left how long all of the work still takes, where this count is a part of it; `''` while that is not known
   */
  update(done: number, total: number, detail?: string, left?: string): void
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
const BAR_WIDTH = 12
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
    update(done, total, detail, left) {
      const time = now()
      // A bar must not stop short of its end.
      const full = redraws && total > 0 && done >= total
      if (!full && time - spoken < (redraws ? REDRAW_MS : PLAIN_MS)) return
      spoken = time
      const width = Math.max(20, (stream.columns || 80) - 1)
      const name = redraws ? cut(label, Math.max(12, Math.floor(width / 4))) : label
      const text = printable(describeProgress(name, unit, done, total, (time - started) / 1000, detail, left), {
        lines: false,
      })
      if (!redraws) {
        stream.write(`${text}\n`)
        return
      }
      const filled = total > 0 ? Math.min(BAR_WIDTH, Math.floor((BAR_WIDTH * done) / total)) : 0
      shown = cut(`[${'#'.repeat(filled)}${'.'.repeat(BAR_WIDTH - filled)}] ${text}`, width)
      stream.write(ERASE_LINE + shown)
    },
    line(text) {
      const bar = shown
      erase()
      stream.write(`${printable(text, { lines: true })}\n`)
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

/** Seconds and share of the work after which its rate says something of the rest; or as many seconds without the share. */
const ENOUGH = { seconds: 3, share: 0.01, patience: 30 }

/** `sasrec epoch 3: 42 %, 12 s left, 1,234 sequences/s, loss 5.123`. */
export function describeProgress(
  label: string,
  unit: string,
  done: number,
  total: number,
  seconds: number,
  detail?: string,
  left?: string,
): string {
  const rate = seconds > 0 ? done / seconds : 0
  const measured = seconds >= ENOUGH.seconds && (done / total >= ENOUGH.share || seconds >= ENOUGH.patience)
  const own = rate > 0 && total > done && measured ? `${formatDuration((total - done) / rate)} left` : ''
  const parts = [
    total > 0 ? `${Math.floor((100 * done) / total)} %` : '',
    left ?? own,
    rate > 0 ? `${formatCount(rate)} ${unit}/s` : '',
    detail ?? '',
  ]
  return `${label}: ${parts.filter((part) => part !== '').join(', ')}`
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
