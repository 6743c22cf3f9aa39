import { describe, expect, it } from 'vitest'
import { dot, holdToEquations, type PlainScore, times } from '../../../test/checks/domain-factors.ts'
import { parseConfig } from '../../core/index.ts'
import { clfm } from './clfm.ts'

const DOMAINS = ['books', 'films', 'games']

/** U_d[u] [S_0, S_d] V[v]ᵀ. */
const plain: PlainScore = (rows, { own }, domain, item) => {
  const memberships = own[domain]
  if (memberships === undefined) return Number.NaN
  const pattern = (name: string) =>
    rows(`pattern/${name}`).length === 0 ? [] : times(memberships, rows(`pattern/${name}`))
  return dot([...pattern('shared'), ...pattern(DOMAINS[domain])], item)
}

describe('clfm', () => {
  holdToEquations(clfm, { width: 3, shared: 2, own: 2 }, plain)

  describe('with a pattern that all domains share alone', () => {
    holdToEquations(clfm, { width: 3, shared: 2, own: 0 }, plain, ['bpr'])
  })

  it('refuses items without clusters', () => {
    expect(() => parseConfig(clfm, { shared: 0, own: 0 })).toThrow('give one of them at least 1')
  })
})
