import { z } from 'zod'
import { unknownName } from '../core/index.ts'
import { expecting } from './fields.ts'
import type { StoredItem } from './store/store.ts'

/** What a field of an item holds, of which a list has several. */
export type FieldValue = string | number | boolean

/**
 * Which items may be recommended. Exactly one of `all`, `any`, `not` and `field`. A condition on a field holds where one of the values
 * that the item has there satisfies all that is asked of it, so no condition but `exists: false` holds where the item has none.
 */
export interface Filter {
  readonly all?: readonly Filter[] | undefined
  readonly any?: readonly Filter[] | undefined
  readonly not?: Filter | undefined
  /** `item`, `domain`, `title`, `categories`, `hidden`, `availableFrom`, `availableUntil`, or a property; `size.width` is one within another. */
  readonly field?: string | undefined
  readonly equals?: FieldValue | undefined
  /** The same as `equals`; reads better of a list. */
  readonly has?: FieldValue | undefined
  readonly in?: readonly FieldValue[] | undefined
  /** Numbers are compared with numbers, text with text by its letters' codes, in which dates of one form keep their order. */
  readonly lt?: number | string | undefined
  readonly lte?: number | string | undefined
  readonly gt?: number | string | undefined
  readonly gte?: number | string | undefined
  readonly exists?: boolean | undefined
}

/** Conditions and groups in one filter. */
export const MOST_CONDITIONS = 200
/** Values of `in`, in one filter. */
export const MOST_FILTER_VALUES = 5000
const DEEPEST = 10
/** Of objects within properties. */
const DEEPEST_PROPERTY = 4

const GROUPS = ['all', 'any', 'not', 'field'] as const
const CONDITIONS = ['equals', 'has', 'in', 'lt', 'lte', 'gt', 'gte', 'exists'] as const

const FILTER_FIELDS: readonly string[] = [...GROUPS, ...CONDITIONS]

const object = expecting('an object such as {"field": "price", "lte": 20}')
const value = z.union(
  [z.string().max(1000), z.number(), z.boolean()],
  expecting('text of at most 1000 characters, a number, true or false'),
)
const bound = z.union([z.string().max(1000), z.number()], expecting('a number or text of at most 1000 characters'))

const fieldName = expecting('the name of a field, of 1 to 1000 characters')

/** A filter as JSON has it. */
export const filterSchema: z.ZodType<Filter> = z
  .lazy(() => groupOrCondition)
  .superRefine((filter, { addIssue }) => {
    const { conditions, depth, values } = extent(filter)
    if (values > MOST_FILTER_VALUES)
      addIssue({ code: 'custom', message: `names ${values} values; at most ${MOST_FILTER_VALUES} are allowed` })
    if (conditions > MOST_CONDITIONS)
      addIssue({ code: 'custom', message: `has ${conditions} conditions; at most ${MOST_CONDITIONS} are allowed` })
    if (depth > DEEPEST)
      addIssue({ code: 'custom', message: `nests ${depth} deep; at most ${DEEPEST} levels are allowed` })
  })

const groupOrCondition: z.ZodType<Filter> = z
  .strictObject(
    {
      get all() {
        return z.array(groupOrCondition).optional()
      },
      get any() {
        return z.array(groupOrCondition).optional()
      },
      get not() {
        return groupOrCondition.optional()
      },
      field: z.string(fieldName).min(1, fieldName).max(1000, fieldName).optional(),
      equals: value.optional(),
      has: value.optional(),
      in: z.array(value).optional(),
      lt: bound.optional(),
      lte: bound.optional(),
      gt: bound.optional(),
      gte: bound.optional(),
      exists: z.boolean().optional(),
    },
    {
      error: (issue) =>
        issue.code === 'unrecognized_keys'
          ? unknownName('field', issue.keys[0], FILTER_FIELDS).message
          : object.error(issue),
    },
  )
  .superRefine((filter, { addIssue }) => {
    const groups = GROUPS.filter((name) => filter[name] !== undefined)
    const conditions = CONDITIONS.filter((name) => filter[name] !== undefined)
    const say = (message: string) => addIssue({ code: 'custom', message })
    if (groups.length !== 1) say(`must have exactly one of ${GROUPS.join(', ')}; it has ${groups.join(', ') || 'none'}`)
    else if (filter.field === undefined && conditions.length > 0)
      say(`has '${conditions[0]}' beside '${groups[0]}'; it belongs beside a 'field'`)
    else if (filter.field !== undefined && conditions.length === 0)
      say(`asks nothing of the field '${filter.field}'; it needs one of ${CONDITIONS.join(', ')}`)
  })

interface Extent {
  readonly conditions: number
  readonly depth: number
  readonly values: number
}

function extent({ all, any, not, in: among }: Filter): Extent {
  const within = [...(all ?? []), ...(any ?? []), ...(not === undefined ? [] : [not])].map(extent)
  return {
    conditions: within.reduce((sum, { conditions }) => sum + conditions, 1),
    depth: 1 + within.reduce((most, { depth }) => Math.max(most, depth), 0),
    values: within.reduce((sum, { values }) => sum + values, among?.length ?? 0),
  }
}

/** What is asked of one value; the rest of a condition, `exists: false`, is asked of there being none. */
export type Condition = Omit<Filter, 'all' | 'any' | 'not' | 'field'>

/** Whether a value satisfies all that a condition asks of it. */
export function satisfies(value: FieldValue, { equals, has, in: among, lt, lte, gt, gte }: Condition): boolean {
  return (
    (equals === undefined || value === equals) &&
    (has === undefined || value === has) &&
    (among === undefined || among.includes(value)) &&
    (lt === undefined || (typeof value === typeof lt && value < lt)) &&
    (lte === undefined || (typeof value === typeof lte && value <= lte)) &&
    (gt === undefined || (typeof value === typeof gt && value > gt)) &&
    (gte === undefined || (typeof value === typeof gte && value >= gte))
  )
}

/**
 * Whether a filter lets an item through: what filters mean, which an index of items must agree with.
 * @param valuesOf of a field, none where the item does not have it
 */
export function matches(filter: Filter, valuesOf: (field: string) => readonly FieldValue[]): boolean {
  if (filter.all !== undefined) return filter.all.every((part) => matches(part, valuesOf))
  if (filter.any !== undefined) return filter.any.some((part) => matches(part, valuesOf))
  if (filter.not !== undefined) return !matches(filter.not, valuesOf)
  const values = valuesOf(filter.field ?? '')
  if (filter.exists === false) return values.length === 0 && !asksOfValues(filter)
  return values.some((one) => satisfies(one, filter))
}

/** Whether a condition asks more than whether there is a value. */
export function asksOfValues({ exists, field, ...rest }: Filter): boolean {
  return Object.values(rest).some((asked) => asked !== undefined)
}

/** What an item of the store has in a field. */
export function valuesOfItem(item: StoredItem, field: string): readonly FieldValue[] {
  switch (field) {
    case 'item':
      return [item.item]
    case 'domain':
      return [item.domain]
    case 'hidden':
      return [item.hidden]
    case 'categories':
      return item.categories
    case 'title':
    case 'availableFrom':
    case 'availableUntil':
      return item[field] === undefined ? [] : [item[field]]
    default:
      return valuesAt(item.properties, field, DEEPEST_PROPERTY)
  }
}

/** The fields that describe an item: its categories, its title and its properties, and theirs. */
export function describingFields({ properties }: StoredItem): readonly string[] {
  return ['categories', 'title', ...pathsOf(properties, DEEPEST_PROPERTY)]
}

function pathsOf(properties: object, deepest: number): readonly string[] {
  return Object.entries(properties).flatMap(([name, value]) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return [name]
    return deepest === 0 ? [] : pathsOf(value, deepest - 1).map((path) => `${name}.${path}`)
  })
}

/** Of `a.b`, what stands under that name, and what stands under `b` in what stands under `a`. */
function valuesAt(properties: unknown, path: string, deepest: number): readonly FieldValue[] {
  if (Array.isArray(properties)) return properties.flatMap((one) => valuesAt(one, path, deepest))
  if (typeof properties !== 'object' || properties === null) return []
  const under = (name: string): unknown =>
    Object.hasOwn(properties, name) ? (properties as Record<string, unknown>)[name] : undefined
  const found = scalars(under(path))
  if (deepest === 0) return found
  for (let dot = path.indexOf('.'); dot !== -1; dot = path.indexOf('.', dot + 1))
    found.push(...valuesAt(under(path.slice(0, dot)), path.slice(dot + 1), deepest - 1))
  return found
}

function scalars(value: unknown): FieldValue[] {
  if (Array.isArray(value)) return value.flatMap((one) => (isScalar(one) ? [one] : []))
  return isScalar(value) ? [value] : []
}

function isScalar(value: unknown): value is FieldValue {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
}
