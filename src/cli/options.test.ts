import { describe, expect, it } from 'vitest'
import { findModel } from '../registry.ts'
import { refuseRankingOptions } from './options.ts'

describe('refuseRankingOptions', () => {
  const spec = { ...findModel('popularity'), name: 'conet', task: 'ctr' as const }

  it('names what was given', () => {
    expect(() => refuseRankingOptions(spec, { candidates: 'full' })).toThrow(
      'conet predicts the probability of a label and ranks nothing; leave out --candidates',
    )
    expect(() => refuseRankingOptions(spec, { maskSeen: true, ties: 'against' })).toThrow(
      'leave out --mask-seen and --ties',
    )
    expect(() => refuseRankingOptions({ ...spec, task: 'rating' }, { ties: 'random' })).toThrow('predicts a value')
  })

  it('has nothing against none', () => {
    expect(() => refuseRankingOptions(spec, {})).not.toThrow()
  })
})
