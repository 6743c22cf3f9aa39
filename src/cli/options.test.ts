import { describe, expect, it } from 'vitest'
import { findModel } from '../registry.ts'
import { compareCommand } from './compare.ts'
import { evaluateCommand } from './evaluate.ts'
import { explainCommand } from './explain.ts'
import { refuseRankingOptions } from './options.ts'
import { recommendCommand } from './recommend.ts'
import { serveCommand } from './serve.ts'
import { simulateCommand } from './simulate.ts'
import { trainCommand } from './train.ts'
import { transferCommand } from './transfer.ts'

describe('options of several commands', () => {
  const commands = [
    ...[compareCommand(), evaluateCommand(), explainCommand(), recommendCommand()],
    ...[serveCommand(), simulateCommand(), trainCommand(), transferCommand()],
  ]
  const named = (flag: string) => commands.flatMap(({ options }) => options.filter(({ long }) => long === flag))

  it.each(['--candidates', '--dataset', '--fallback', '--mask-seen', '--split-by', '--threads', '--simulate-every'])(
    'are explained in the same words: %s',
    (flag) => {
      expect(named(flag).length).toBeGreaterThan(1)
      expect(new Set(named(flag).map(({ description }) => description)).size).toBe(1)
    },
  )

  it('show no default that is nothing', () => {
    const defaults = commands.flatMap(({ options }) => options.map(({ defaultValue }) => defaultValue))
    expect(defaults).not.toContainEqual([])
  })
})

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
