import { Command } from 'commander'
import { oneLine } from './failure.ts'
import { printable } from './screen-text.ts'
import { createTerminal, type Terminal } from './terminal.ts'

/** A command with the flags that all share, and its examples under its help. */
export function createCommand(name: string, summary: string, examples: readonly string[]): Command {
  const lines = examples.map((example) => `  $ tributary ${example}`).join('\n')
  return prepare(new Command(name))
    .description(summary)
    .option('--json', 'print one JSON object on stdout and nothing else')
    .option('--debug', 'on failure, print where it happened')
    .addHelpText('after', `\nExamples:\n${lines}`)
}

/** Makes a command throw instead of exiting, so that `main` alone decides on exit codes, and keep to one line an error. */
export function prepare(command: Command): Command {
  return command.exitOverride().configureOutput({
    outputError: (text, write) => {
      const where = command.name() === 'tributary' ? '--help' : `${command.name()} --help`
      write(`${printable(oneLine(text), { lines: false }).replace(/\.$/, '')}; see: tributary ${where}\n`)
    },
  })
}

/** Wraps a command's action: it gets a terminal, then the arguments and options that commander has parsed. */
export function withTerminal<Arguments extends readonly unknown[]>(
  act: (terminal: Terminal, ...args: Arguments) => Promise<void>,
): (...args: [...Arguments, Command]) => Promise<void> {
  return async (...args) => {
    const command = args[args.length - 1] as Command
    const json = command.opts<{ json?: boolean }>().json === true
    await act(createTerminal(json), ...(args.slice(0, -1) as unknown as Arguments))
  }
}
