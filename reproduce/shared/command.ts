// The command line of a reproduction script: options that explain themselves, --help, and refusals of one sentence.
import { Command, CommanderError, Option as Declared } from 'commander'
import { describeFailure, oneLine } from '../../src/cli/terminal/failure.ts'
import { TributaryError, unknownName } from '../../src/core/index.ts'

export interface Option<Value> {
  readonly help: string
  /** What stands for its value in the usage; an option without it is on, and off by --no-<its name>. */
  readonly takes?: string
  readonly initial: Value
  readonly read?: (given: string, name: string) => Value
}

export const unlessNo = (help: string): Option<boolean> => ({ help, initial: true })

export const text = (help: string, takes: string): Option<string | undefined> => ({ help, takes, initial: undefined })

export function whole<Initial extends number | undefined>(help: string, initial: Initial): Option<number | Initial> {
  const read = (given: string, name: string) => {
    if (/^0*[1-9]\d*$/.test(given)) return Number(given)
    throw new TributaryError('bad-argument', `--${name} takes a whole number of at least 1; it was given '${given}'`)
  }
  return { help, takes: 'N', initial, read }
}

export function oneOf<Name extends string>(help: string, known: readonly Name[], initial: Name): Option<Name> {
  const read = (given: string, name: string) => knownName(given, name, known)
  return { help: `${help}: ${known.join(', ')}`, takes: 'NAME', initial, read }
}

/** Some of the known names, in their order however they are given; all where the option is absent. */
export function someOf<Name extends string>(help: string, known: readonly Name[]): Option<readonly Name[]> {
  const read = (given: string, name: string) => {
    // A name may hold a comma, which a blank follows.
    const chosen = given.split(/; *|,(?! )/).map((one) => knownName(one, name, known))
    return known.filter((one) => chosen.includes(one))
  }
  return { help: `${help}: ${known.join('; ')}`, takes: "'NAME;…'", initial: known, read }
}

function knownName<Name extends string>(given: string, option: string, known: readonly Name[]): Name {
  const found = known.find((name) => name === given)
  if (found === undefined) throw unknownName(`value of --${option}`, given, known)
  return found
}

type Options = Readonly<Record<string, Option<unknown>>>
type Values<Named extends Options> = { readonly [Name in keyof Named]: Named[Name]['initial'] }

interface About<Named extends Options> {
  /** In reproduce/. */
  readonly script: string
  readonly does: string
  /** Where they go. */
  readonly results: string
  readonly options: Named
}

/** The options of this process; ends it with the usage if that was asked for, with a sentence if it was called wrongly. */
export function readOptions<Named extends Options>(about: About<Named>): Values<Named> {
  refuseInASentence()
  return parseOptions(about, process.argv.slice(2))
}

/** Whatever ends this process that says itself what is wrong, ends it with that sentence alone; a defect keeps its stack. */
export function refuseInASentence(): void {
  process.once('uncaughtException', (error) => {
    const known = error instanceof TributaryError || error instanceof CommanderError
    const { text, exitCode } = describeFailure(error, false)
    if (!known) console.error(error)
    else if (text !== '') console.error(text)
    process.exit(exitCode)
  })
}

/** @throws CommanderError after it has printed the usage or a refusal, TributaryError for a refusal that is not printed yet. */
export function parseOptions<Named extends Options>(about: About<Named>, args: readonly string[]): Values<Named> {
  const command = new Command(`npx tsx reproduce/${about.script}`)
    .description(`${oneLine(about.does)}\n\nResults: ${oneLine(about.results)}`)
    .allowExcessArguments()
    .configureOutput({ outputError: (text, write) => write(`${oneLine(text)}; see --help\n`) })
    .exitOverride()
  for (const [name, { help, takes, initial, read }] of Object.entries(about.options)) {
    const declared = new Declared(takes === undefined ? `--no-${name}` : `--${name} <${takes}>`, help)
    if (read !== undefined) declared.argParser((given) => read(given, name))
    if (takes !== undefined) declared.default(initial, Array.isArray(initial) ? 'all' : String(initial))
    command.addOption(declared)
  }
  const [extra] = command.parse(args, { from: 'user' }).args
  if (extra !== undefined) throw new TributaryError('bad-argument', `'${extra}' belongs to no option; see --help`)
  return command.opts()
}
