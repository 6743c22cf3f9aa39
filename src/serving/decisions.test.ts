import { expect, it } from 'vitest'
import { decisionId } from './decisions.ts'

it('the id of a decision grows with time and is never the same', () => {
  const made = Array.from({ length: 100 }, (_, i) => decisionId(1e12 + i))
  expect([...made].sort()).toEqual(made)
  expect(new Set(Array.from({ length: 100 }, () => decisionId(5))).size).toBe(100)
  for (const id of made) expect(id).toMatch(/^r_[0-9A-HJKMNP-TV-Z]{26}$/)
})
