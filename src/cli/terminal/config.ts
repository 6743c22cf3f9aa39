import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import type { Command, Option } from 'commander'
import { z } from 'zod'
import { closest, listed, quoted, TributaryError } from '../../core/index.ts'
import { datasetFolderOf } from '../../runs/dataset.ts'
import { openRun } from '../../runs/run.ts'

/** Of the command line alone. */
const NOT_IN_FILES = ['config', 'help', 'plugin', 'debug']

type Section = Readonly<Record<string, unknown>>

/**
 * The words of a command line with those of its configuration file before them: a section a command, whose keys are the names of its
 * options and arguments. What stands on the command line counts.
 * @param words without the program
 * @throws TributaryError `file-missing`, `file-damaged`; `bad-config` for a key that the command does not have, or a value of another kind
 */
export async function withConfig(program: Command, words: readonly string[]): Promise<readonly string[]> {
  const { file, rest } = configFileIn(words)
  if (file === undefined) return words
  const { command, path } = commandOf(program, rest)
  const own = rest.slice(path.length)
  const section = await sectionOf(file, program, command, path)
  const operands = command.registeredArguments.flatMap((argument) =>
    [section[argument.name()] ?? []].flat().map(String),
  )
  const given = command.parseOptions([...own]).operands.length > 0
  const options = command.options.flatMap((option) => wordsOf(option, section[option.attributeName()], own))
  return [...path, ...(given ? [] : operands), ...options, ...own]
}

/** The JSON schema of configuration files, for editors. */
export function configSchema(program: Command): object {
  return z.toJSONSchema(fileSchema(program), { io: 'input' })
}

function configFileIn(words: readonly string[]): { file?: string; rest: readonly string[] } {
  const at = words.findIndex((word) => word === '--config' || word.startsWith('--config='))
  if (at === -1) return { rest: words }
  const inline = words[at].includes('=')
  const file = inline ? words[at].slice('--config='.length) : words[at + 1]
  if (file === undefined || file === '') return { rest: words }
  return { file, rest: [...words.slice(0, at), ...words.slice(at + (inline ? 1 : 2))] }
}

function commandOf(program: Command, words: readonly string[]): { command: Command; path: readonly string[] } {
  let command = program
  let depth = 0
  for (; depth < words.length; depth++) {
    const next = command.commands.find((one) => one.name() === words[depth])
    if (next === undefined) break
    command = next
  }
  return { command, path: words.slice(0, depth) }
}

async function sectionOf(file: string, program: Command, command: Command, path: readonly string[]): Promise<Section> {
  let value: unknown
  try {
    value = JSON.parse(readFileSync(file, 'utf8'))
  } catch (error) {
    if (error instanceof SyntaxError) throw new TributaryError('file-damaged', `${file} is not JSON`)
    throw new TributaryError('file-missing', `there is no configuration at ${file}`, { cause: error })
  }
  if (typeof value === 'object' && value !== null && 'decidedHash' in value) return sectionOfRun(dirname(file), command)
  const parsed = fileSchema(program).safeParse(value)
  if (!parsed.success) throw invalid(file, program, parsed.error.issues[0])
  let section: unknown = parsed.data
  for (const name of path) section = (section as Section | undefined)?.[name]
  return (section ?? {}) as Section
}

/** What a run was made with, for a command that trains; the run itself, for one that takes a run. */
async function sectionOfRun(folder: string, command: Command): Promise<Section> {
  const run = await openRun(folder)
  const { model, config, split, seed, threads } = run.manifest
  const argument = command.registeredArguments.find((one) => one.variadic || one.name() === 'run')
  if (argument !== undefined) return { [argument.name()]: folder }
  const set = Object.entries(config).flatMap(([name, { value }]) => (value === null ? [] : [[name, value]]))
  return { model, dataset: await datasetFolderOf(run), set: Object.fromEntries(set), splitBy: split, seed, threads }
}

/** A section a command, and one in it a command of that. */
function fileSchema(program: Command): z.ZodType {
  const sections = program.commands.map((command) => [command.name(), sectionSchema(command)] as const)
  return z.strictObject({ $schema: z.string().optional(), ...Object.fromEntries(sections) })
}

function sectionSchema(command: Command): z.ZodType {
  const options = command.options.flatMap((option): [string, z.ZodType][] =>
    NOT_IN_FILES.includes(option.attributeName()) ? [] : [[option.attributeName(), optionSchema(option)]],
  )
  const words = command.registeredArguments.map((argument): [string, z.ZodType] => {
    const schema = argument.variadic ? z.array(z.string()) : z.string()
    return [argument.name(), schema.optional().describe(argument.description)]
  })
  const below = command.commands.map((one): [string, z.ZodType] => [one.name(), sectionSchema(one)])
  return z
    .strictObject(Object.fromEntries([...words, ...options, ...below]))
    .optional()
    .describe(command.description())
}

function optionSchema({ argChoices, description, required, optional }: Option): z.ZodType {
  const takesValue = required || optional
  const one = z.union([z.string(), z.number(), z.record(z.string(), z.unknown())])
  const schema = !takesValue
    ? z.boolean()
    : argChoices !== undefined
      ? z.enum(argChoices)
      : z.union([one, z.array(one)])
  return schema.optional().describe(description)
}

/** Nothing where the command line says it, but for options that may be given many times. */
function wordsOf(option: Option, value: unknown, own: readonly string[]): readonly string[] {
  const flag = option.long
  if (value === undefined || flag == null) return []
  const given = own.filter((word) => word === flag || word.startsWith(`${flag}=`) || word === option.short)
  if (typeof value === 'boolean') return value && given.length === 0 ? [flag] : []
  if (option.attributeName() === 'set' && typeof value === 'object' && !Array.isArray(value))
    return Object.entries(value as Section)
      .filter(([name]) => !own.some((word) => word.startsWith(`${name}=`) || word.startsWith(`--set=${name}=`)))
      .flatMap(([name, to]) => [flag, `${name}=${textOf(to)}`])
  if (given.length > 0) return []
  return [value].flat().flatMap((one) => [flag, textOf(one)])
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function invalid(file: string, program: Command, issue: z.core.$ZodIssue): TributaryError {
  const where = issue.path.join('.')
  if (issue.code !== 'unrecognized_keys')
    return new TributaryError('bad-config', `${file}: ${where} is of the wrong kind: ${issue.message}`)
  const [key] = issue.keys
  const { command } = commandOf(program, issue.path.map(String))
  const known = [
    ...command.commands.map((one) => one.name()),
    ...command.registeredArguments.map((one) => one.name()),
    ...command.options.map((one) => one.attributeName()).filter((name) => !NOT_IN_FILES.includes(name)),
  ]
  const suggestion = closest(key, known)
  const hint = suggestion === undefined ? `known: ${listed(known)}` : `did you mean ${quoted(suggestion)}?`
  return new TributaryError(
    'bad-config',
    `${file} has an unknown key ${quoted(key)}${where && ` in ${where}`}; ${hint}`,
  )
}
