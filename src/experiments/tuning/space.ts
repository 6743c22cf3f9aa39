import {
  type ConfigRow,
  describeConfig,
  type ModelSpec,
  parseConfig,
  TributaryError,
  unknownName,
} from '../../core/index.ts'
import type { Rng } from '../../math/index.ts'

/** An option of a model and the values that are tried of it. */
export type Dimension =
  | { readonly option: string; readonly kind: 'choice'; readonly choices: readonly unknown[] }
  | {
      readonly option: string
      readonly kind: 'range'
      readonly low: number
      readonly high: number
      /** Whether what counts is by how much a value is multiplied. */
      readonly logarithmic: boolean
      /** Whole numbers alone. */
      readonly whole: boolean
    }

/** A place of the space: for each dimension a number from 0 to 1; of a choice, its index over their number. */
export type Point = readonly number[]

/** What is usually searched of options that most models have; those that a model does not have are left out. */
const USUAL: Readonly<Record<string, string>> = {
  learningRate: '0.0001..0.01:log',
  dropout: '0..0.6',
  width: '32,64,128',
  layers: '1,2,3',
  heads: '1,2',
  weightDecay: '1e-6..0.01:log',
  batchSize: '128,256,512',
  negatives: '1,4,16,64',
  neighbors: '20..500:log',
  regularization: '0.0001..0.1:log',
  temperature: '0.05..1:log',
}

/**
 * Reads `learningRate=0.0001..0.01:log`, `dropout=0..0.6` or `width=32,64,128`, of an option that the model has.
 * @throws TributaryError `unknown-name`, `bad-argument`
 */
export function parseDimension(text: string, spec: ModelSpec): Dimension {
  const [, option = '', values = ''] = /^([^=]+)=(.+)$/s.exec(text.trim()) ?? []
  if (option === '') throw refused(text, 'write OPTION=LOW..HIGH, OPTION=LOW..HIGH:log or OPTION=A,B,C')
  const rows = describeConfig(spec.config)
  const row = rows.find(({ name }) => name === option)
  if (row === undefined)
    throw unknownName(
      `option of ${spec.name}`,
      option,
      rows.map(({ name }) => name),
    )
  const dimension = rangeOf(text, values, row) ?? {
    option,
    kind: 'choice' as const,
    choices: values.split(',').map((choice) => parseConfig(spec, { [option]: choice.trim() }).config[option]),
  }
  if (dimension.kind === 'choice' && dimension.choices.length < 2)
    throw refused(text, 'give at least two values; one alone is set with --set')
  // What the model would refuse, it refuses now.
  for (const value of endsOf(dimension)) parseConfig(spec, { [option]: value })
  return dimension
}

/** The usual dimensions of a model, around its own defaults. */
export function usualSpace(spec: ModelSpec, fixed: Readonly<Record<string, unknown>>): readonly Dimension[] {
  const names = new Set(describeConfig(spec.config).map(({ name }) => name))
  return Object.entries(USUAL).flatMap(([option, values]) => {
    if (!names.has(option) || Object.hasOwn(fixed, option)) return []
    try {
      return [parseDimension(`${option}=${values}`, spec)]
    } catch (error) {
      // An option of that name which means something else.
      if (error instanceof TributaryError) return []
      throw error
    }
  })
}

function rangeOf(text: string, values: string, { name: option, type }: ConfigRow): Dimension | undefined {
  const [, low, high, suffix] = /^([^,]+?)\.\.([^,:]+)(?::(\w+))?$/.exec(values) ?? []
  if (low === undefined) return undefined
  const range = {
    option,
    kind: 'range' as const,
    low: Number(low),
    high: Number(high),
    logarithmic: suffix === 'log',
    whole: /^integer\b/.test(type),
  }
  if (!/^(integer|number)\b/.test(type))
    throw refused(text, `${option} is no number; list its values with commas between`)
  if (suffix !== undefined && suffix !== 'log') throw refused(text, `a range ends with :log or nothing, not :${suffix}`)
  if (!(Number.isFinite(range.low) && Number.isFinite(range.high) && range.low < range.high))
    throw refused(text, 'a range goes from a smaller number to a larger one')
  if (range.logarithmic && range.low <= 0) throw refused(text, 'a logarithmic range begins above 0')
  if (range.whole && !(Number.isInteger(range.low) && Number.isInteger(range.high)))
    throw refused(text, `${option} is a whole number, and so are the ends of its range`)
  return range
}

function refused(text: string, remedy: string): TributaryError {
  return new TributaryError('bad-argument', `--search '${text}' says no values to try: ${remedy}`)
}

function endsOf(dimension: Dimension): readonly unknown[] {
  return dimension.kind === 'choice' ? dimension.choices : [dimension.low, dimension.high]
}

/** The options at a point of the space. */
export function optionsAt(space: readonly Dimension[], point: Point): Record<string, unknown> {
  return Object.fromEntries(space.map((dimension, d) => [dimension.option, valueAt(dimension, point[d])]))
}

function valueAt(dimension: Dimension, x: number): unknown {
  if (dimension.kind === 'choice') return dimension.choices[choiceAt(dimension.choices.length, x)]
  const { low, high, logarithmic, whole } = dimension
  // A whole number takes as much of the range as any other.
  const [from, to] = whole ? [low - 0.5, high + 0.5] : [low, high]
  const bent = logarithmic ? from * (to / from) ** x : from + x * (to - from)
  if (whole) return Math.min(high, Math.max(low, Math.round(bent)))
  return Number(Math.min(high, Math.max(low, bent)).toPrecision(4))
}

/** @returns the index of a choice among so many */
export function choiceAt(count: number, x: number): number {
  return Math.min(count - 1, Math.floor(x * count))
}

export function randomPoint(space: readonly Dimension[], rng: Rng): Point {
  return space.map(() => rng.float())
}
