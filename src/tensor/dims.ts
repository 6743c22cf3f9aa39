import { TributaryError } from '../core/index.ts'

/**
 * An axis' extent: a number, or a symbolic extent such as `'B'`, or a polynomial of symbols with integer coefficients in
 * canonical form (`'B*T'`, `'2*B'`, `'T+1'`): terms by falling degree, then by name, the constant last. Two extents are equal
 * if and only if their canonical forms are the same value.
 */
export type Dim = number | string

/** Values of the symbols, as bound from the feeds of one run. */
export type DimBindings = ReadonlyMap<string, number>

/** Coefficient of each monomial; a monomial is its sorted factors joined by `*`, and `''` for the constant term. */
type Polynomial = ReadonlyMap<string, number>

const parsed = new Map<string, Polynomial>()

/** The canonical form of an extent. Throws `bad-argument` where the text is no polynomial and where a number is no extent. */
export function canonicalDim(dim: Dim): Dim {
  if (typeof dim === 'number') {
    if (!Number.isSafeInteger(dim))
      throw new TributaryError('bad-argument', `an extent must be an integer or a symbol, not ${dim}`)
    return dim
  }
  return format(polynomialOf(dim))
}

export function addDims(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return a + b
  return format(combine(polynomialOf(a), polynomialOf(b), 1))
}

export function subtractDims(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return format(combine(polynomialOf(a), polynomialOf(b), -1))
}

export function multiplyDims(a: Dim, b: Dim): Dim {
  if (typeof a === 'number' && typeof b === 'number') return a * b + 0 // −0 and 0 are one extent
  return format(times(polynomialOf(a), polynomialOf(b)))
}

/** The number of elements of a shape, as an extent. */
export function productOfDims(shape: readonly Dim[]): Dim {
  return shape.reduce(multiplyDims, 1)
}

/**
 * The extent that completes `known` to as many elements as `whole` has; undefined where that is not provable. Equal extents
 * cancel first; what stays of `known` must then be a single term that divides every term of what stays of `whole`.
 */
export function missingDim(whole: readonly Dim[], known: readonly Dim[]): Dim | undefined {
  const rest = [...whole]
  const divisors = known.filter((dim) => {
    const at = rest.indexOf(dim)
    if (at >= 0) rest.splice(at, 1)
    return at < 0
  })
  const divisor = [...polynomialOf(productOfDims(divisors))]
  if (divisor.length !== 1) return undefined
  const [[factors, coefficient]] = divisor as [[string, number]]
  const quotient = new Map<string, number>()
  for (const [monomial, count] of polynomialOf(productOfDims(rest))) {
    const left = monomial === '' ? [] : monomial.split('*')
    for (const factor of factors === '' ? [] : factors.split('*')) {
      const at = left.indexOf(factor)
      if (at < 0) return undefined
      left.splice(at, 1)
    }
    if (count % coefficient !== 0) return undefined
    quotient.set(left.join('*'), count / coefficient)
  }
  return format(quotient)
}

/** The extent's value in one run. Throws `bad-argument` for a symbol without a value. */
export function evaluateDim(dim: Dim, bindings: DimBindings): number {
  if (typeof dim === 'number') return dim
  let total = 0
  for (const [monomial, coefficient] of polynomialOf(dim)) {
    let term = coefficient
    for (const symbol of monomial === '' ? [] : monomial.split('*')) {
      const value = bindings.get(symbol)
      if (value === undefined)
        throw new TributaryError('bad-argument', `the extent '${dim}' needs '${symbol}', which no input's shape gives`)
      term *= value
    }
    total += term
  }
  return total
}

export function evaluateShape(shape: readonly Dim[], bindings: DimBindings): number[] {
  return shape.map((dim) => evaluateDim(dim, bindings))
}

/** The symbols that an extent depends on. */
export function symbolsOf(dim: Dim): string[] {
  if (typeof dim === 'number') return []
  return [...new Set([...polynomialOf(dim).keys()].flatMap((m) => (m === '' ? [] : m.split('*'))))]
}

/**
 * The value of the one unbound symbol that makes `dim` equal to `extent`: undefined where there are several unbound symbols,
 * where the unbound one is not linear, or where no whole number fits.
 */
export function solveDim(
  dim: Dim,
  extent: number,
  bindings: DimBindings,
): { symbol: string; value: number } | undefined {
  const unbound = symbolsOf(dim).filter((symbol) => !bindings.has(symbol))
  const symbol = unbound[0]
  if (symbol === undefined || unbound.length > 1) return undefined
  const at = (value: number) => evaluateDim(dim, new Map([...bindings, [symbol, value]]))
  const slope = at(1) - at(0)
  if (slope === 0 || at(2) - at(1) !== slope) return undefined
  const value = (extent - at(0)) / slope
  return Number.isInteger(value) && value >= 0 ? { symbol, value } : undefined
}

/** `[B, 50, 64]`. */
export function formatShape(shape: readonly Dim[]): string {
  return `[${shape.join(', ')}]`
}

function polynomialOf(dim: Dim): Polynomial {
  if (typeof dim === 'number') return new Map(dim === 0 ? [] : [['', dim]])
  let polynomial = parsed.get(dim)
  if (polynomial === undefined) {
    polynomial = parse(dim)
    parsed.set(dim, polynomial)
  }
  return polynomial
}

function combine(a: Polynomial, b: Polynomial, sign: 1 | -1): Polynomial {
  const sum = new Map(a)
  for (const [monomial, coefficient] of b) {
    const total = (sum.get(monomial) ?? 0) + sign * coefficient
    if (total === 0) sum.delete(monomial)
    else sum.set(monomial, total)
  }
  return sum
}

function times(a: Polynomial, b: Polynomial): Polynomial {
  let product: Polynomial = new Map()
  for (const [m, p] of a)
    for (const [n, q] of b) {
      const factors = [...(m === '' ? [] : m.split('*')), ...(n === '' ? [] : n.split('*'))].sort()
      product = combine(product, new Map([[factors.join('*'), p * q]]), 1)
    }
  return product
}

function format(polynomial: Polynomial): Dim {
  if (polynomial.size === 0) return 0
  const degree = (monomial: string) => (monomial === '' ? 0 : monomial.split('*').length)
  const terms = [...polynomial].sort(([m], [n]) => degree(n) - degree(m) || (m < n ? -1 : 1))
  if (terms.length === 1 && terms[0][0] === '') return terms[0][1]
  return terms
    .map(([monomial, coefficient], i) => {
      const sign = coefficient < 0 ? '-' : i > 0 ? '+' : ''
      const size = Math.abs(coefficient)
      return sign + (monomial === '' ? `${size}` : size === 1 ? monomial : `${size}*${monomial}`)
    })
    .join('')
}

/** expression = ['-'] term (('+' | '-') term)*, term = factor ('*' factor)*, factor = integer | name | '(' expression ')'. */
function parse(text: string): Polynomial {
  const tokens = text.match(/[A-Za-z_]\w*|\d+|\S/g) ?? []
  let position = 0
  const fail = (): never => {
    throw new TributaryError(
      'bad-argument',
      `'${text}' is no extent: write a symbol such as 'B', or sums and products of symbols and integers such as 'B*T' or 'T+1'`,
    )
  }
  const factor = (): Polynomial => {
    const token = tokens[position++] ?? fail()
    if (token === '(') {
      const inner = expression()
      if (tokens[position++] !== ')') fail()
      return inner
    }
    if (/^\d/.test(token)) return polynomialOf(Number(token))
    if (/^[A-Za-z_]/.test(token)) return new Map([[token, 1]])
    return fail()
  }
  const term = (): Polynomial => {
    let product = factor()
    while (tokens[position] === '*') {
      position++
      product = times(product, factor())
    }
    return product
  }
  const expression = (): Polynomial => {
    const negative = tokens[position] === '-'
    if (negative) position++
    let sum = negative ? combine(new Map(), term(), -1) : term()
    for (let sign = tokens[position]; sign === '+' || sign === '-'; sign = tokens[position]) {
      position++
      sum = combine(sum, term(), sign === '+' ? 1 : -1)
    }
    return sum
  }
  const polynomial = expression()
  if (position !== tokens.length) fail()
  return polynomial
}
