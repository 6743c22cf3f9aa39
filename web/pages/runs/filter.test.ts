import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { holds, parseFilter, unknownNames } from './filter.ts'

const run: Record<string, string | number | boolean> = {
  model: 'sasrec',
  dataset: 'my shop',
  seed: 3,
  status: 'training',
  'ndcg@10': 0.0812,
  learningrate: 0.001,
  seconds: 61.5,
  pretrained: true,
}
const keeps = (filter: string) =>
  holds(parseFilter(filter), (name) => run[name.toLowerCase()], 'runs/tuning/sasrec-3 sasrec my shop')

describe('a filter', () => {
  test.each([
    '',
    'model:sasrec',
    'model:SAS',
    'model=sasrec',
    'model:bert,sasrec',
    'model:s*rec',
    'seed:3',
    'seed:1-5',
    'seed:1..5',
    'seed:..5',
    'seed:3..',
    'seed:3-',
    'seed:1,3',
    'seed=3',
    'seed!=4',
    '-seed:4-9',
    'ndcg@10>0.08',
    'ndcg@10>=0.0812',
    'ndcg@10<8.2e-2',
    'learningRate:1e-3',
    'learningRate:1e-4-1e-2',
    'status:training model:sasrec seed:1-5 ndcg@10>0.08',
    'dataset:"my shop"',
    'dataset="my shop"',
    'tuning',
    'tuning my',
    '"my shop"',
    '-bert',
    '-model:bert',
    'pretrained:true',
    'seconds>61',
    'model>=s',
    'absent!=4',
    '-absent:4',
  ])('keeps the run: %s', (filter) => expect(keeps(filter)).toBe(true))

  test.each([
    'model:bert',
    'model=sas',
    'model=*x',
    'seed:4',
    'seed:4-5',
    'seed!=3',
    'seed!=2,3',
    '-seed:3',
    'ndcg@10>0.09',
    'ndcg@10:abc',
    'absent:4',
    'absent>0',
    'absent<1',
    '-absent!=4',
    'tuning bert',
    '"shop my"',
    '-tuning',
    'model:sasrec seed:7',
    'model<s',
  ])('leaves the run out: %s', (filter) => expect(keeps(filter)).toBe(false))

  test('tells names that no run has', () => {
    const known = new Set(['model', 'ndcg@10'])
    expect(unknownNames(parseFilter('Model:a ndgc@10>1 shop'), known)).toEqual(['ndgc@10'])
  })

  test('takes whatever is typed, and a condition and its opposite part the runs', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'ab:=!<>-"*,. 1eé@') }), (text) => {
        expect(typeof keeps(text)).toBe('boolean')
        for (const condition of parseFilter(text)) {
          const sides = [condition, { ...condition, not: !condition.not }].map((one) =>
            holds([one], (name) => run[name.toLowerCase()], 'runs'),
          )
          expect(sides[0]).not.toBe(sides[1])
        }
      }),
    )
  })

  test('reads ten thousand quotes and stars in no time', () => {
    const hostile = `${'"a*'.repeat(5_000)} model:${'*a'.repeat(5_000)}`
    expect(keeps(hostile)).toBe(false)
  })
})
