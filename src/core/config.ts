import { type output, toJSONSchema, type ZodObject } from 'zod'
import { closest, TributaryError } from './errors.ts'

/** What an option that names something on the disk names: a run, a folder of demonstrations, a file. */
export type OptionReads = 'run' | 'folder' | 'file'

/** Where each value of a configuration came from; run manifests keep it. */
export type ConfigSources = Readonly<Record<string, { readonly value: unknown; readonly from: 'default' | 'set' }>>

/** One option of a model as the command line's help and the docs' tables show it. */
export interface ConfigRow {
  readonly name: string
  /** `integer`, `number`, `boolean`, `choice`, `text`, `list` or `object`; alternatives joined by ` or `. */
  readonly type: string
  readonly default: unknown
  readonly description: string
  /** What may be given, in words: `an integer of at least 1`, `one of relu, gelu`. */
  readonly range: string
  /** Everything that may be given, where that can be listed. */
  readonly choices?: readonly unknown[]
  /** Between what a number must lie, where nothing but one number may be given (or none). */
  readonly bounds?: Bounds
  /** Where its value is the path of something that the training reads: the option's `.meta({ reads })`. */
  readonly reads?: OptionReads
}

/** Absent: there is no end on that side. */
export interface Bounds {
  readonly atLeast?: number
  readonly above?: number
  readonly atMost?: number
  readonly below?: number
}

/** Whatever declares options under a name: every `ModelSpec` does. */
export interface Configurable<C extends ZodObject> {
  readonly name: string
  readonly config: C
}

/**
 * Completes overrides to a whole configuration. Values are JSON, or strings as `--set key=value` has them, which are read
 * by the option's declared type: `64`, `1e-3`, `true`, `relu`, `null`, lists as `64,32`.
 * @throws TributaryError `bad-config` in one sentence, for an unknown option with the name that was probably meant, for a
 *   bad value with the option, the value given and what is allowed.
 */
export function parseConfig<C extends ZodObject>(
  spec: Configurable<C>,
  overrides: Readonly<Record<string, unknown>>,
): { readonly config: output<C>; readonly sources: ConfigSources } {
  const read = readConfig(spec, overrides)
  if ('message' in read) throw new TributaryError('bad-config', read.message)
  return read
}

/** The option that `parseConfig` refuses overrides for; '' where it is the whole of them, nothing where it takes them. */
export function refusedOption(
  spec: Configurable<ZodObject>,
  overrides: Readonly<Record<string, unknown>>,
): string | undefined {
  const read = readConfig(spec, overrides)
  return 'message' in read ? read.option : undefined
}

interface Refused {
  readonly option: string
  readonly message: string
}

function readConfig<C extends ZodObject>(
  spec: Configurable<C>,
  overrides: Readonly<Record<string, unknown>>,
): { readonly config: output<C>; readonly sources: ConfigSources } | Refused {
  const options = optionSchemas(spec.config)
  const given = new Map<string, unknown>()
  for (const [name, value] of Object.entries(overrides)) {
    const option = options.get(name)
    if (option === undefined) return unknownOption(spec.name, name, [...options.keys()])
    given.set(name, typeof value === 'string' ? fromText(value, option) : value)
  }
  const parsed = spec.config.safeParse(Object.fromEntries(given))
  if (!parsed.success) {
    // A value out of its own range first: a rule over several options often fails only because of it.
    const issue = parsed.error.issues.find(({ code }) => code !== 'custom') ?? parsed.error.issues[0]
    const name = String(issue.path[0] ?? '')
    const option = options.get(name)
    const message =
      issue.code === 'custom' || option === undefined
        ? `${spec.name}: ${issue.message}`
        : `${spec.name} option '${name}' was given ${show(overrides[name])}; it must be ${range(option)}`
    return { option: name, message }
  }
  const sources: Record<string, ConfigSources[string]> = {}
  for (const [name, value] of Object.entries(parsed.data))
    sources[name] = { value, from: given.has(name) ? 'set' : 'default' }
  return { config: parsed.data, sources }
}

/**
 * The options that a run was made with. One that did not exist when it was made has the value that stood in its place, where the default
 * means another model since: the option's `.meta({ before })`.
 */
export function recordedOptions(
  spec: Configurable<ZodObject>,
  recorded: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const options: Record<string, unknown> = {}
  for (const [name, { before }] of optionSchemas(spec.config)) if (before !== undefined) options[name] = before
  return { ...options, ...recorded }
}

/**
 * Splits `key=value` pairs at their first `=`.
 * @throws TributaryError `bad-config` for a pair without name or `=` and for an option given twice.
 */
export function parseAssignments(pairs: readonly string[]): Record<string, string> {
  const values = new Map<string, string>()
  for (const pair of pairs) {
    const at = pair.indexOf('=')
    if (at <= 0) throw new TributaryError('bad-config', `'${pair}' sets no option; write key=value`)
    const name = pair.slice(0, at).trim()
    if (values.has(name)) throw new TributaryError('bad-config', `option '${name}' was set twice; set it once`)
    values.set(name, pair.slice(at + 1))
  }
  return Object.fromEntries(values)
}

/** The options of a configuration, in the order of their declaration. */
export function describeConfig(config: ZodObject): ConfigRow[] {
  return [...optionSchemas(config)].map(([name, option]) => ({
    name,
    type: typeName(option),
    default: option.default,
    description: option.description ?? '',
    range: range(option),
    ...choices(option),
    ...boundsOf(option),
    ...(option.reads !== undefined && { reads: option.reads }),
  }))
}

/** What is read of an option's JSON Schema, which is zod's public account of a type. */
interface OptionSchema {
  readonly type?: string | readonly string[]
  readonly anyOf?: readonly OptionSchema[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly items?: OptionSchema
  readonly minimum?: number
  readonly maximum?: number
  readonly exclusiveMinimum?: number
  readonly exclusiveMaximum?: number
  readonly minItems?: number
  readonly default?: unknown
  readonly description?: string
  /** What stood in the place of the option before it was one. */
  readonly before?: unknown
  readonly reads?: OptionReads
}

function optionSchemas(config: ZodObject): ReadonlyMap<string, OptionSchema> {
  const schema = toJSONSchema(config, { unrepresentable: 'any' }) as { properties?: Record<string, OptionSchema> }
  return new Map(Object.entries(schema.properties ?? {}))
}

/** The simple alternatives that an option consists of: unions and nullable types taken apart. */
function alternatives(option: OptionSchema): readonly OptionSchema[] {
  if (option.anyOf !== undefined) return option.anyOf.flatMap(alternatives)
  if (typeof option.type === 'object') return option.type.map((type) => ({ ...option, type }))
  return [option]
}

/** The value that a text stands for; the text itself where it stands for none, so that the check can refuse it. */
function fromText(text: string, option: OptionSchema): unknown {
  // A list of one text would be found first.
  if (text.trim() === 'null' && alternatives(option).some(({ type }) => type === 'null')) return null
  for (const alternative of alternatives(option)) {
    const value = readAs(text.trim(), alternative)
    if (value !== undefined) return value
  }
  return text
}

function readAs(text: string, option: OptionSchema): unknown {
  const choices = option.const !== undefined ? [option.const] : option.enum
  if (choices !== undefined) return choices.find((choice) => String(choice) === text)
  switch (option.type) {
    case 'integer':
    case 'number':
      return text === '' || Number.isNaN(Number(text)) ? undefined : Number(text)
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : undefined
    case 'null':
      return text === 'null' ? null : undefined
    case 'array':
      if (text.startsWith('[')) return readJson(text)
      return text === '' ? [] : text.split(',').map((part) => fromText(part, option.items ?? {}))
    case 'object':
      return readJson(text)
    default:
      return undefined
  }
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const TYPE_NAMES: Readonly<Record<string, string>> = { string: 'text', array: 'list' }

function typeName(option: OptionSchema): string {
  const names = alternatives(option).map(({ type, enum: choices, const: only }) =>
    choices !== undefined || only !== undefined ? 'choice' : (TYPE_NAMES[String(type)] ?? String(type)),
  )
  return [...new Set(names)].join(' or ')
}

function range(option: OptionSchema): string {
  return [...new Set(alternatives(option).map(simpleRange))].join(' or ')
}

function choices(option: OptionSchema): { readonly choices?: readonly unknown[] } {
  const lists = alternatives(option).map(simpleChoices)
  return lists.includes(undefined) ? {} : { choices: [...new Set(lists.flatMap((list) => list ?? []))] }
}

function simpleChoices(option: OptionSchema): readonly unknown[] | undefined {
  if (option.const !== undefined) return [option.const]
  if (option.enum !== undefined) return option.enum
  return option.type === 'boolean' ? [true, false] : option.type === 'null' ? [null] : undefined
}

function simpleRange(option: OptionSchema): string {
  if (option.const !== undefined) return String(option.const)
  if (option.enum !== undefined) return `one of ${option.enum.join(', ')}`
  switch (option.type) {
    case 'integer':
      return `an integer${bounds(option)}`
    case 'number':
      return `a number${bounds(option)}`
    case 'boolean':
      return 'true or false'
    case 'string':
      return 'a text'
    case 'array': {
      const least = option.minItems === undefined ? '' : ` of at least ${option.minItems}`
      return `a list${least}, each ${range(option.items ?? {})}`
    }
    case 'object':
      return 'a JSON object'
    default:
      return String(option.type ?? 'a value')
  }
}

function boundsOf(option: OptionSchema): { readonly bounds?: Bounds } {
  const [number, ...others] = alternatives(option).filter(({ type }) => type !== 'null')
  if (others.length > 0 || (number.type !== 'integer' && number.type !== 'number')) return {}
  return { bounds: ends(number) }
}

/** Bounds at the ends of the safe integers are zod's own and say nothing. */
function ends({ minimum, maximum, exclusiveMinimum: above, exclusiveMaximum: below }: OptionSchema): Bounds {
  return {
    ...(minimum !== undefined && minimum !== Number.MIN_SAFE_INTEGER && { atLeast: minimum }),
    ...(above !== undefined && { above }),
    ...(maximum !== undefined && maximum !== Number.MAX_SAFE_INTEGER && { atMost: maximum }),
    ...(below !== undefined && { below }),
  }
}

function bounds(option: OptionSchema): string {
  const { atLeast, above, atMost, below } = ends(option)
  if (atLeast !== undefined && atMost !== undefined) return ` from ${atLeast} to ${atMost}`
  const words = [
    ...(atLeast === undefined ? [] : [`of at least ${atLeast}`]),
    ...(above === undefined ? [] : [`above ${above}`]),
    ...(atMost === undefined ? [] : [`of at most ${atMost}`]),
    ...(below === undefined ? [] : [`below ${below}`]),
  ]
  return words.length === 0 ? '' : ` ${words.join(' and ')}`
}

function unknownOption(model: string, given: string, known: readonly string[]): Refused {
  const suggestion = closest(given, known)
  const remedy =
    suggestion !== undefined
      ? `did you mean '${suggestion}'?`
      : known.length === 0
        ? 'it has no options'
        : `it has ${known.join(', ')}`
  return { option: given, message: `${model} has no option '${given}'; ${remedy}` }
}

function show(value: unknown): string {
  return typeof value === 'string' ? `'${value}'` : (JSON.stringify(value) ?? String(value))
}
