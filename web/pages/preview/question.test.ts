import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  conditionOf,
  conditionsOf,
  curlOf,
  type Entry,
  entriesOf,
  filterIn,
  filterOf,
  listsOf,
  moved,
  type Past,
  type Question,
  requestOf,
  textOf,
  WHOEVER,
  wholeOf,
  worded,
} from './question.ts'

describe('a history in the address', () => {
  it.each<[string, Entry[]]>([
    ['', [0, 1, 2, 3, 4]],
    ['none', []],
    ['0-2,4', [0, 1, 2, 4]],
    ['0-1,+a%2Cb%25,4', [0, 1, 'a,b%', 4]],
    ['4,3,0-2', [4, 3, 0, 1, 2]],
  ])('%j is %j, and back', (text, entries) => {
    expect(entriesOf(text, 5)).toEqual(entries)
    expect(textOf(entries, 5)).toBe(text)
  })

  it('comes back as it was told, whatever it is', () => {
    const entry = fc.oneof(fc.nat(30), fc.string({ minLength: 1, unit: 'binary' }))
    fc.assert(
      fc.property(fc.uniqueArray(entry), (entries) => {
        expect(entriesOf(textOf(entries, 31), 31)).toEqual(entries)
      }),
    )
  })

  it('leaves out what the history does not have, and what is no place', () => {
    expect(entriesOf('3-9,7,x,-1,2-1,1e3,99999999999', 5)).toEqual([3, 4])
  })

  it('moves an item as far as there is room', () => {
    expect(moved(['a', 'b', 'c'], 0, 1)).toEqual(['b', 'a', 'c'])
    expect(moved(['a', 'b', 'c'], 2, -1)).toEqual(['a', 'c', 'b'])
    expect(moved(['a', 'b', 'c'], 2, 1)).toEqual(['a', 'b', 'c'])
  })
})

const past = (item: string, value?: number, known = true): Past => ({
  item,
  known,
  ...(value !== undefined && { value }),
})
const stored = [past('a', 2), past('b'), past('new', 9, false)]
const question: Question = {
  ...{ user: 'ann', domain: 'books', placement: '', k: 5, filter: undefined, why: false },
  ...{ stored, entries: wholeOf(3) },
}
const always = { domain: 'books', k: 5, ignoreUnknown: true, log: false }

describe('a request', () => {
  it('leaves a history that was not changed to the server', () => {
    expect(requestOf(question, 'm')).toEqual({ ...always, user: 'ann', model: 'm' })
  })

  it('brings along one that was, with values as the server reads them: of what a model knows, the highest for what says none', () => {
    const { history, values } = requestOf({ ...question, entries: [2, 0, 'added', 1] }, '')
    expect(history).toEqual(['new', 'a', 'added', 'b'])
    expect(values).toEqual([9, 2, 2, 2])
    expect(requestOf({ ...question, entries: [1] }, '')).toEqual({ ...always, user: 'ann', history: ['b'] })
  })

  it('of a newcomer has no user, and a history only where somebody gave one', () => {
    const nobody = { ...question, user: '', stored: [] }
    expect(requestOf({ ...nobody, entries: [] }, '')).toEqual(always)
    expect(requestOf({ ...nobody, entries: ['a'] }, '')).toEqual({ ...always, history: ['a'] })
    expect(requestOf({ ...question, entries: [] }, '')).toMatchObject({ user: 'ann', history: [] })
  })

  it('brings along no more than one may', () => {
    const many = Array.from({ length: 1200 }, (_, i) => `i${i}`)
    const { history } = requestOf({ ...question, stored: [], entries: many }, '')
    expect([history?.length, history?.at(-1)]).toEqual([1000, 'i1199'])
  })

  it('is a command that a shell takes whole', () => {
    const command = curlOf('http://here/', { user: "it's" }, true)
    expect(command).toContain(`-d '{"user":"it'\\''s"}'`)
    expect(command).toContain('Bearer $TRIBUTARY_KEY')
  })
})

describe('lists', () => {
  const served = (name: string, ...aliases: string[]) => ({ name, aliases, dataset: 'shop', domains: ['books'] })
  const models = [
    served('a'),
    served('b'),
    served('c'),
    served('first', 'champion'),
    served('twin', 'fallback'),
  ] as never

  it('are those asked for, else of the model that answers and of those by an alias, a few at first', () => {
    expect(listsOf(models, 'first', [])).toEqual(['first', 'twin', 'a'])
    expect(listsOf(models, 'first', ['c', 'gone', WHOEVER])).toEqual(['c', WHOEVER])
    expect(listsOf(models, 'first', ['gone'])).toHaveLength(3)
  })
})

describe('a filter', () => {
  it('of an address that is no JSON is none', () => {
    expect([filterIn(''), filterIn('{'), filterIn('{"field":"a","exists":true}')]).toEqual([
      undefined,
      undefined,
      { field: 'a', exists: true },
    ])
    expect(['1', 'null', '"a"', '[]'].map(filterIn)).toEqual([undefined, undefined, undefined, undefined])
  })

  it('of an address that no server takes is shown as it is', () => {
    const odd = ['{"all":5}', '{"all":[null]}', '{"field":7}', '{"field":"a","in":3}']
    expect(odd.map((text) => conditionsOf(filterIn(text)))).toEqual(odd.map(() => undefined))
  })

  it('is told apart into conditions and put together again', () => {
    const price = conditionOf('price', 'at most', '20')
    const kind = conditionOf('categories', 'is', 'fantasy')
    expect(price).toEqual({ field: 'price', lte: 20 })
    for (const parts of [[], [price], [price, kind]]) expect(conditionsOf(filterOf(parts))).toEqual(parts)
    expect(conditionsOf({ any: [price] })).toBeUndefined()
    expect(conditionsOf({ all: [{ not: price }] })).toBeUndefined()
  })

  it('finds what is written in digits, be it kept as a number or as text', () => {
    const condition = conditionOf('year', 'is', '1999')
    expect(condition).toEqual({ field: 'year', in: ['1999', 1999] })
    expect(worded(condition)).toBe('year is 1999')
    expect(worded({ field: 'price', gte: 3, lt: 5 })).toBe('price below 5, at least 3')
    expect(worded(conditionOf('title', 'is not known', ''))).toBe('title is not known')
  })
})
