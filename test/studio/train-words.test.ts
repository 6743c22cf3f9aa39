import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { describeConfig, parseConfig } from '../../src/core/index.ts'
import { MODELS } from '../../src/registry.ts'
import type { SpecOption } from '../../web/pages/train/types.ts'
import { commandsOf, fault, freeName, namesIn, seedsOf, setOptions, textOf } from '../../web/pages/train/words.ts'

const config = z.object({
  hidden: z.int().min(1).max(4096).default(64).describe('the width'),
  rate: z.number().positive().default(0.001).describe('learning rate'),
  share: z.number().min(0).lt(1).nullable().default(null).describe('or none'),
  loss: z.enum(['bce', 'bpr']).default('bpr').describe('objective'),
  tied: z.boolean().default(false).describe('share the tables'),
  layers: z.array(z.int()).default([64, 32]).describe('units'),
})
const options = describeConfig(config) as SpecOption[]

describe('a form', () => {
  it('sends what differs from the defaults, and nothing else', () => {
    expect(setOptions(options, { hidden: ' 32 ', rate: '0.001', loss: 'bpr', layers: '64,32', tied: '' })).toEqual({
      hidden: '32',
    })
  })

  it('finds the faults that the model would find', () => {
    const texts = fc.constantFrom('1', '0', '-1', '0.5', '1e9', 'x', 'bpr', 'true', 'null', 'NaN', 'Infinity', '9e99')
    const option = fc.constantFrom(...options.filter(({ bounds, choices }) => bounds ?? choices))
    fc.assert(
      fc.property(option, texts, (row, text) => {
        const isTaken = (() => {
          try {
            parseConfig({ name: 'model', config }, { [row.name]: text })
            return true
          } catch {
            return false
          }
        })()
        expect(fault(row, text), `${row.name}=${text}`).toBe(isTaken ? undefined : `must be ${row.range}`)
      }),
    )
    expect(fault(options[0], '')).toBeUndefined()
  })

  it('writes every default of every model as it can be read again', () => {
    for (const spec of MODELS)
      for (const row of describeConfig(spec.config) as SpecOption[]) {
        const text = textOf(row.default)
        expect(fault(row, text), `${spec.name} ${row.name}`).toBeUndefined()
        expect(setOptions([row], { [row.name]: text })).toEqual({})
        expect(parseConfig(spec, { [row.name]: text }).config[row.name], row.name).toEqual(row.default)
      }
  })

  it('reads seeds one by one and in ranges', () => {
    expect(seedsOf('')).toEqual([1])
    expect(seedsOf('1-3, 7,2')).toEqual([1, 2, 3, 7])
    for (const text of ['x', '3-1', '1-51', '1,,2', '-1', '1.5', '99999999999999999999'])
      expect(seedsOf(text), text).toBeUndefined()
  })

  it('is the same as a command a seed', () => {
    const chosen = { model: 'sasrec', split: '', seeds: [1], name: 'sasrec', warmStart: '' }
    const where = { dataset: 'datasets/shop', into: 'runs' }
    expect(commandsOf(chosen, {}, where)).toEqual([['train', 'sasrec', 'datasets/shop', '--out', 'runs/sasrec']])
    const [, second] = commandsOf({ ...chosen, seeds: [1, 2], split: 'leave-one-out' }, { loss: 'bpr' }, where)
    expect(second.join(' ')).toBe(
      'train sasrec datasets/shop --out runs/sasrec/seed2 --seed 2 --split-by leave-one-out --set loss=bpr',
    )
  })

  it('finds a name that is free', () => {
    const taken = namesIn('runs', ['runs/sasrec/seed1', 'runs/a', 'runs2/b', 'other/c'])
    expect([...taken]).toEqual(['sasrec', 'sasrec/seed1', 'a'])
    expect(freeName('sasrec', taken)).toBe('sasrec-2')
    expect(freeName('sasrec', new Set())).toBe('sasrec')
    expect(freeName('sasrec', new Set(['sasrec', 'sasrec-2']))).toBe('sasrec-3')
  })
})
