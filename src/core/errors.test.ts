import { readFile } from 'node:fs/promises'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { closest, ERROR_CODES, TributaryError, unknownName } from './errors.ts'

describe('docs/errors.md', () => {
  it('lists exactly the codes, each with an example and a remedy', async () => {
    const text = await readFile(new URL('../../docs/errors.md', import.meta.url), 'utf8')
    const [, ...sections] = text.split(/^## /m)
    expect(sections.map((section) => /^`(.*)`\n/.exec(section)?.[1])).toEqual([...ERROR_CODES])
    for (const section of sections) {
      expect(section).toMatch(/^> \S/m)
      expect(section).toMatch(/^\*\*Do:\*\* \S/m)
    }
  })
})

describe('closest', () => {
  it('finds slips of the hand and nothing else', () => {
    const known = ['sasrec', 'gru4rec', 'popularity']
    expect(closest('sasrek', known)).toBe('sasrec')
    expect(closest('SASRec', known)).toBe('sasrec')
    expect(closest('popularty', known)).toBe('popularity')
    expect(closest('transformer', known)).toBeUndefined()
    expect(closest('x'.repeat(1_000_000), known)).toBeUndefined()
    expect(closest('sasrec', [])).toBeUndefined()
  })

  it('finds a name with one letter changed, added or lost', () => {
    const name = fc.stringMatching(/^[a-z]{4,12}$/)
    fc.assert(
      fc.property(name, fc.nat(), fc.constantFrom('', 'q', 'qq'), (original, place, replacement) => {
        const at = place % original.length
        const slip = original.slice(0, at) + replacement + original.slice(at + 1)
        expect(closest(slip, [original])).toBe(original)
      }),
    )
  })
})

describe('unknownName', () => {
  it('suggests, or lists what is known without listing everything', () => {
    expect(unknownName('model', 'sasrek', ['sasrec']).message).toBe("unknown model 'sasrek'; did you mean 'sasrec'?")
    expect(unknownName('model', 'transformer', ['a', 'b']).message).toBe("unknown model 'transformer'; known: a, b")
    const many = Array.from({ length: 40 }, (_, n) => `name${n}`)
    expect(unknownName('model', 'transformer', many).message).toMatch(/name11, … \(40 in all\)$/)
    expect(unknownName('model', 'x', [])).toBeInstanceOf(TributaryError)
  })
})

it('suggests nothing for a name that has no letter in common with any', () => {
  expect(unknownName('model', '', ['lr', 'sasrec']).message).toBe("unknown model ''; known: lr, sasrec")
  expect(unknownName('domain', 'xy', ['lr', 'tv']).message).toBe("unknown domain 'xy'; known: lr, tv")
  expect(unknownName('domain', '01', ['lr', '10']).message).toContain("did you mean '10'")
  expect(unknownName('model', 'LR', ['lr', 'sasrec']).message).toContain("did you mean 'lr'")
  expect(unknownName('domain', 'tx', ['lr', 'tv']).message).toContain("did you mean 'tv'")
})
