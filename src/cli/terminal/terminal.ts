import { styleText } from 'node:util'
import { type Progress, type ProgressStream, startProgress } from './progress.ts'
import { ESCAPE, printable } from './screen-text.ts'

/** What colors and weights a text can take; the identity where the stream is no terminal or NO_COLOR is set. */
export interface Style {
  bold(text: string): string
  dim(text: string): string
  green(text: string): string
  red(text: string): string
  yellow(text: string): string
}

export function createStyle(stream: { readonly isTTY?: boolean }, environment: NodeJS.ProcessEnv = process.env): Style {
  const colored = stream.isTTY === true && !environment.NO_COLOR && environment.TERM !== 'dumb'
  const paint = (format: keyof Style) => (text: string) =>
    colored
      ? styleText(format, printable(text, { lines: true }), { validateStream: false }).replaceAll('\u001b', ESCAPE)
      : text
  return {
    bold: paint('bold'),
    dim: paint('dim'),
    green: paint('green'),
    red: paint('red'),
    yellow: paint('yellow'),
  }
}

/** The one way out for text: colors of ours become colors, and nothing else controls the terminal. */
export function write(stream: ProgressStream, text: string): void {
  stream.write(printable(text, { lines: true }).replaceAll(ESCAPE, '\u001b'))
}

/** Where a command speaks: one result on stdout, as text or as one JSON object; everything else on stderr. */
export interface Terminal {
  readonly style: Style
  /** Whether progress is a bar that redraws; elsewhere lines are what a reader of the log has. */
  readonly live: boolean
  /** Aborted by the first Ctrl-C (SIGINT) or SIGTERM. */
  readonly signal: AbortSignal
  /** Prints the command's result: `text` for people, or `data` alone with `--json`. Called once a command. */
  report(data: object, text: string): void
  /** A line on stderr that is not part of the result. */
  note(text: string): void
  progress(label: string, unit: string): Progress
}

/** Aborted when the user asks the process to stop. */
export const stop = new AbortController()

/** @param streams where it speaks, for tests */
export function createTerminal(
  json: boolean,
  { stdout, stderr }: { readonly stdout: ProgressStream; readonly stderr: ProgressStream } = process,
): Terminal {
  let bar: Progress | undefined
  return {
    style: createStyle(stdout),
    live: stderr.isTTY === true,
    signal: stop.signal,
    report(data, text) {
      // What stands on the last line of the screen would run into the result.
      bar?.end()
      if (json) stdout.write(`${jsonLine(data)}\n`)
      else write(stdout, `${text.replace(/\n+$/, '')}\n`)
    },
    note(text) {
      if (bar === undefined) write(stderr, `${text}\n`)
      else bar.line(text)
    },
    progress(label, unit) {
      bar?.end()
      bar = startProgress(stderr, label, unit)
      return bar
    },
  }
}

/** JSON leaves these as they are, and terminals obey some of them. */
const RAW_IN_JSON = /[\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g

function jsonLine(data: object): string {
  return JSON.stringify(data).replace(
    RAW_IN_JSON,
    (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
