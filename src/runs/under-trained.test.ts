import { expect, it } from 'vitest'
import { underTrainedText } from '../pages/compare-text.ts'
import { underTrained } from './under-trained.ts'

const epoch = (number: number, best: boolean, domain?: string) => ({
  type: 'epoch',
  epoch: number,
  ...(domain !== undefined && { domain }),
  losses: { loss: 1 },
  validation: { 'ndcg@10': number / 10 },
  best,
})
const run = (events: readonly object[], options: Record<string, unknown> = {}) => {
  const config = { epochs: 3, patience: 2, metric: 'ndcg@10', ...options }
  return {
    manifest: {
      config: Object.fromEntries(
        Object.entries(config).map(([name, value]) => [name, { value, from: 'set' as const }]),
      ),
    },
    events: events as Record<string, unknown>[],
  }
}
const domains = ['10', '2']

it('a model is under-trained where the last epoch it was allowed was its best', () => {
  const rising = [epoch(1, true), epoch(2, true), epoch(3, true)]
  const settled = [epoch(1, true), epoch(2, true), epoch(3, false)]
  expect(underTrained([run(rising)], domains)).toEqual({ domains, epochs: 3, patience: 2 })
  expect(underTrained([run(settled)], domains)).toBeUndefined()
  expect(underTrained([run(settled), run(rising)], domains)?.domains).toEqual(domains)
  // Stopped by its patience, or without epochs, patience or validation cases.
  expect(underTrained([run(rising, { epochs: 9 })], domains)).toBeUndefined()
  expect(underTrained([run(rising, { patience: undefined })], domains)).toBeUndefined()
  expect(underTrained([run(rising.map((line) => ({ ...line, validation: {} })))], domains)).toBeUndefined()
  expect(underTrained([run([])], domains)).toBeUndefined()
  expect(underTrained([], domains)).toBeUndefined()
})

it('of a model trained domain by domain, only some may be', () => {
  const events = [epoch(3, true, '2'), epoch(3, false, '10')]
  const found = underTrained([run(events)], domains)!
  expect(found.domains).toEqual(['2'])
  expect(underTrainedText('twin', found, 2)).toContain(
    'twin was still getting better in the last of its 3 epochs in 2:',
  )
})
