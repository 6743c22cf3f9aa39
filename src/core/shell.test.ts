import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { shellWord } from './shell.ts'

it('is what a shell takes for one word, whatever it holds', () => {
  // No shell can be given the character 0.
  const unit = fc.integer({ min: 1, max: 0xd7ff }).map((code) => String.fromCharCode(code))
  const words = fc.array(fc.oneof(fc.string(), fc.string({ unit })), { minLength: 50, maxLength: 200 })
  fc.assert(
    fc.property(words, (given) => {
      const script = `printf '%s\\0' ${given.map(shellWord).join(' ')}`
      const taken = execFileSync('sh', ['-c', script], { encoding: 'utf8' })
      expect(taken.split('\0').slice(0, -1)).toEqual(given)
    }),
    { numRuns: 3 },
  )
})

it('leaves alone what needs no quotes', () => {
  expect(shellWord('runs/sasrec=a,b:c@1')).toBe('runs/sasrec=a,b:c@1')
  expect(shellWord("it's")).toBe("'it'\\''s'")
  expect(shellWord('')).toBe("''")
})
