/** One condition of a filter; all of them must hold. Without `name` the words are looked for anywhere in a run. */
export interface Condition {
  readonly not: boolean
  readonly name: string
  readonly operator: ':' | '=' | '!=' | '>' | '>=' | '<' | '<='
  /** Any of them will do. */
  readonly values: readonly string[]
}

/** What a run has under a name; undefined where it has nothing of that name. */
export type Fields = (name: string) => string | number | boolean | undefined

const WORD = /(?:[^\s"]|"[^"]*"?)+/g
const NAMED = /^([^\s:=!<>"]+)(:|=|!=|>=|<=|>|<)(.+)$/s
const NUMBER = String.raw`-?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?`
const RANGE = new RegExp(`^(${NUMBER})?(?:-|\\.\\.)(${NUMBER})?$`, 'i')

/**
 * `model:sasrec seed:1-5 ndcg@10>0.08 status:training books` reads: all five hold. `:` takes a part of a text, a number or a range of numbers,
 * `=` the whole of it; a comma means or, `*` any letters, `-` before a condition means not, quotes keep spaces together.
 */
export function parseFilter(text: string): readonly Condition[] {
  return [...text.matchAll(WORD)].flatMap(([word]) => {
    const not = /^-[^\d.]/.test(word)
    const [, name = '', operator = ':', value = not ? word.slice(1) : word] =
      NAMED.exec(not ? word.slice(1) : word) ?? []
    const values = (name === '' ? [value] : listed(value)).map((part) => part.replaceAll('"', '')).filter(Boolean)
    return values.length === 0 ? [] : [{ not, name, operator: operator as Condition['operator'], values }]
  })
}

/** Parts between commas that no quotes hold together. */
const listed = (value: string): readonly string[] => value.match(/(?:[^,"]|"[^"]*"?)+/g) ?? []

/** @param anywhere all words of the run, in small letters, for conditions without a name */
export function holds(conditions: readonly Condition[], fields: Fields, anywhere: string): boolean {
  return conditions.every(({ not, name, operator, values }) => {
    if (name === '') return values.some((value) => fits(anywhere, value, false)) !== not
    const field = fields(name)
    const differs = operator === '!='
    // A run that lacks the figure is neither above nor below it, and not equal to it.
    if (field === undefined) return not !== differs
    return values.some((value) => compares(field, differs ? '=' : operator, value)) !== (not !== differs)
  })
}

/** Names in a filter that no run has, as they stand there. */
export function unknownNames(conditions: readonly Condition[], known: ReadonlySet<string>): readonly string[] {
  return conditions.flatMap(({ name }) => (name === '' || known.has(name.toLowerCase()) ? [] : [name]))
}

function compares(field: string | number | boolean, operator: Condition['operator'], value: string): boolean {
  if (typeof field !== 'number') {
    if (operator === ':' || operator === '=') return fits(String(field).toLowerCase(), value, operator === '=')
    const order = String(field).localeCompare(value, 'en', { numeric: true, sensitivity: 'base' })
    return ordered(order, 0, operator)
  }
  if (operator === ':') {
    const range = RANGE.exec(value)
    if (range && value.length > 1 && Number.isNaN(Number(value)))
      return (
        field >= Number(range[1] ?? Number.NEGATIVE_INFINITY) && field <= Number(range[2] ?? Number.POSITIVE_INFINITY)
      )
  }
  return ordered(field, Number(value), operator)
}

function ordered(left: number, right: number, operator: Condition['operator']): boolean {
  if (operator === '>') return left > right
  if (operator === '<') return left < right
  if (operator === '>=') return left >= right
  if (operator === '<=') return left <= right
  return left === right
}

/** Whether a text has the pieces between stars one behind the other; `whole` ties the first and the last to its ends. */
function fits(text: string, pattern: string, whole: boolean): boolean {
  const pieces = pattern.toLowerCase().split('*')
  let from = 0
  for (const [index, piece] of pieces.entries()) {
    const last = whole && index === pieces.length - 1
    const at = last ? text.length - piece.length : text.indexOf(piece, from)
    if (at < from || (last && !text.endsWith(piece)) || (whole && index === 0 && at !== 0)) return false
    from = at + piece.length
  }
  return true
}
