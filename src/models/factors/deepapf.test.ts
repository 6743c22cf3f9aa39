import { describe } from 'vitest'
import { dot, holdToEquations, type PlainScore, times } from '../../../test/checks/domain-factors.ts'
import { deepapf } from './deepapf.ts'

/** Σ over the parts that the user has: α · hᵀ(part ∘ v), α a softmax of pᵀ relu(W (part ∘ v) + b). */
const plain: PlainScore = (rows, { own, shared }, domain, item) => {
  const parts = [shared, own[domain]].filter((part) => part !== undefined)
  if (parts.length === 0) return Number.NaN
  const column = (name: string) => rows(name).map(([w]) => w)
  const [bias] = rows('attention/bias')
  const meetings = parts.map((part) => part.map((x, k) => x * item[k]))
  const weights = meetings.map((meeting) => {
    const inner = times(meeting, rows('attention/weight')).map((x, k) => Math.max(0, x + bias[k]))
    return Math.exp(dot(inner, column('attention/output')))
  })
  const total = weights.reduce((a, b) => a + b)
  return meetings.reduce((sum, meeting, p) => sum + (weights[p] / total) * dot(meeting, column('output')), 0)
}

describe('deepapf', () => {
  holdToEquations(deepapf, { width: 3, attention: 2 }, plain)
})
