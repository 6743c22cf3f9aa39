import { describe, expect, it } from 'vitest'
import { findModel } from '../../registry.ts'
import { compareCommand } from '../commands/compare.ts'
import { evaluateCommand } from '../commands/evaluate.ts'
import { explainCommand } from '../commands/explain.ts'
import { recommendCommand } from '../commands/recommend.ts'
import { serveCommand } from '../commands/serve.ts'
import { simulateCommand } from '../commands/simulate.ts'
import { trainCommand } from '../commands/train.ts'
import { transferCommand } from '../commands/transfer.ts'
import { refuseRankingOptions } from './options.ts'

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
      'conet predicts labels and ranks nothing; leave out --candidates',
    )
    expect(() => refuseRankingOptions(spec, { maskSeen: true, ties: 'against' })).toThrow(
      'leave out --mask-seen and --ties',
    )
    expect(() => refuseRankingOptions({ ...spec, task: 'rating' }, { ties: 'random' })).toThrow('predicts ratings')
  })

  it('has nothing against none', () => {
    expect(() => refuseRankingOptions(spec, {})).not.toThrow()
  })
})
