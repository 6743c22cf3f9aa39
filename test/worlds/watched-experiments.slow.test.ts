import { expect, it } from 'vitest'
import { calls, conversion, type Outcome, planned, spend, visits } from './watched-experiments.ts'

const share = (values: readonly boolean[]) => values.filter(Boolean).length / values.length
const run = (outcome: Outcome, users: number, lift: number, experiments: number) =>
  Array.from({ length: experiments }, (_, seed) => calls({ outcome, users, lift, seed }))

it('an interval that is read fifty times calls a difference that is none in one of twenty at most; a t test does in one of four', () => {
  for (const [outcome, experiments] of [
    [conversion, 2000],
    [spend, 400],
    [visits, 100],
  ] as const) {
    const found = run(outcome, 2000, 0, experiments)
    expect(share(found.map(({ anytime }) => anytime > 0)), outcome.name).toBeLessThanOrEqual(0.05)
    expect(share(found.map(({ fixed }) => fixed > 0)), outcome.name).toBeGreaterThan(0.25)
  }
})

it('the planned users show the planned effect in four of five experiments, and most long before the end', () => {
  const users = planned(conversion, 0.02)
  const found = run(conversion, users, 0.02, 300)
  expect(share(found.map(({ anytime }) => anytime > 0))).toBeGreaterThan(0.78)
  expect(share(found.map(({ anytime }) => anytime > 0 && anytime <= 35))).toBeGreaterThan(0.5)
})
