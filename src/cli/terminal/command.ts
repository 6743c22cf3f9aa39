import { Command } from 'commander'
import { shellWord } from '../../core/index.ts'
import { oneLine } from './failure.ts'
import { collect } from './options.ts'
import { printable } from './screen-text.ts'
import { createTerminal, type Terminal } from './terminal.ts'

/** What starts this command line where it was started: the sources of a checkout are run by npm. */
const TRIBUTARY = import.meta.url.endsWith('.ts') ? 'npm run --silent tributary --' : 'tributary'

/** A command to paste into a shell: `tributary evaluate runs/sasrec`. What a shell would take apart stands in quotes. */
export function commandLine(...words: readonly string[]): string {
  const plugins = pluginsIn(process.argv).flatMap((file) => ['--plugin', file])
  return [TRIBUTARY, ...[...words, ...plugins].map(shellWord)].join(' ')
}

/** The plug-ins that a command is given. All of what follows depends on what they bring, so they are read before anything else. */
export function pluginsIn(words: readonly string[]): string[] {
  return words.flatMap((word, place) => {
    if (word.startsWith('--plugin=')) return [word.slice('--plugin='.length)]
    return word === '--plugin' && place + 1 < words.length ? [words[place + 1]] : []
  })
}

/** A command with the flags that all share, and its examples under its help. */
export function createCommand(name: string, summary: string, examples: readonly string[]): Command {
  const lines = examples.map((example) => `  $ ${TRIBUTARY} ${example}`).join('\n')
  return prepare(new Command(name))
    .description(summary)
    .option('--plugin <file>', 'a module that brings models, readers or metrics of your own; repeatable', collect)
    .option(
      '--config <file>',
      'a JSON file with options and arguments, a section a command; or the manifest.json of a run',
    )
    .option('--json', 'print one JSON object on stdout and nothing else')
    .option('--debug', 'on failure, print where it happened')
    .addHelpText('after', `\nExamples:\n${lines}`)
}

/** Makes a command throw instead of exiting, so that `main` alone decides on exit codes, and keep to one line an error. */
export function prepare(command: Command): Command {
  return command.exitOverride().configureOutput({
    outputError: (text, write) => {
      const where: string[] = []
      for (let at: Command | null = command; at !== null && at.name() !== 'tributary'; at = at.parent)
        where.unshift(at.name())
      write(
        `${printable(oneLine(text), { lines: false }).replace(/\.$/, '')}; see: ${commandLine(...where, '--help')}\n`,
      )
    },
  })
}

/** Wraps a command's action: it gets a terminal, then the arguments and options that commander has parsed. */
export function withTerminal<Arguments extends readonly unknown[]>(
  act: (terminal: Terminal, ...args: Arguments) => Promise<void>,
): (...args: [...Arguments, Command]) => Promise<void> {
  return async (...args) => {
    const command = args[args.length - 1] as Command
    // Of `keys create --json`, `keys` takes the flag.
    const json = command.optsWithGlobals<{ json?: boolean }>().json === true
    await act(createTerminal(json), ...(args.slice(0, -1) as unknown as Arguments))
  }
}
