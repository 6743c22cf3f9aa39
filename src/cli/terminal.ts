import { type Progress, startProgress } from './progress.ts'

/** What colors and weights a text can take; the identity where the stream is no terminal or NO_COLOR is set. */
export interface Style {
  bold(text: string): string
  dim(text: string): string
  green(text: string): string
  red(text: string): string
  yellow(text: string): string
}

/** Codes of SGR (ECMA-48): on, off. */
const CODES = { bold: [1, 22], dim: [2, 22], green: [32, 39], red: [31, 39], yellow: [33, 39] } as const

export function createStyle(stream: { readonly isTTY?: boolean }, environment: NodeJS.ProcessEnv = process.env): Style {
  const colored = stream.isTTY === true && !environment.NO_COLOR && environment.TERM !== 'dumb'
  const paint = ([on, off]: readonly [number, number]) =>
    colored ? (text: string) => `\u001b[${on}m${text}\u001b[${off}m` : (text: string) => text
  return {
    bold: paint(CODES.bold),
    dim: paint(CODES.dim),
    green: paint(CODES.green),
    red: paint(CODES.red),
    yellow: paint(CODES.yellow),
  }
}

/** Where a command speaks: one result on stdout, as text or as one JSON object; everything else on stderr. */
export interface Terminal {
  readonly style: Style
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

export function createTerminal(json: boolean): Terminal {
  return {
    style: createStyle(process.stdout),
    signal: stop.signal,
    report(data, text) {
      process.stdout.write(json ? `${JSON.stringify(data)}\n` : `${text.replace(/\n+$/, '')}\n`)
    },
    note(text) {
      process.stderr.write(`${text}\n`)
    },
    progress: (label, unit) => startProgress(process.stderr, label, unit),
  }
}
