import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createDros } from '../../src/ope/estimators/dros.ts'
import { createSwitchDr } from '../../src/ope/estimators/switch-dr.ts'
import { ESTIMATORS, type Estimator, estimate, type Logged, type Target } from '../../src/ope/index.ts'

interface World {
  readonly columns: Readonly<Record<string, readonly number[]>>
  readonly several: Readonly<Record<string, readonly number[]>>
  readonly estimates: Readonly<Record<string, number>>
}
const golden = JSON.parse(readFileSync(join(import.meta.dirname, 'ope.json'), 'utf8')) as Readonly<
  Record<string, World>
>

/** Each row is a user of its own. */
function tables(columns: World['columns']): { logged: Logged; target: Target } {
  const typed = Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, Float64Array.from(values)]))
  const units = typed.rewards.length
  return {
    logged: {
      units,
      users: Int32Array.from({ length: units }, (_, unit) => unit),
      domains: new Int32Array(units),
      domainNames: ['all'],
      ...(typed as unknown as Pick<Logged, 'rewards' | 'propensities'>),
    },
    target: { name: 'target', ...(typed as unknown as Pick<Target, 'probabilities'>) },
  }
}

describe.each(Object.entries(golden))(
  'off-policy estimators agree with numpy: %s',
  (_, { columns, several, estimates }) => {
    const estimators: Readonly<Record<string, Estimator>> = {
      ...Object.fromEntries(ESTIMATORS.filter(({ levels }) => levels.includes('item')).map((one) => [one.name, one])),
      'switch-dr:1.5': createSwitchDr(1.5),
      'dros:2': createDros(2),
    }

    it('has a value for each of them', () => {
      expect(Object.keys(estimators).sort()).toEqual(Object.keys(estimates).sort())
    })

    it.each(Object.entries(estimates))('%s', (name, value) => {
      const estimator = estimators[name]
      const { logged, target } = tables(estimator.needs.includes('mixture') ? several : columns)
      const { overall } = estimate(logged, target, [estimator], { seed: 1, samples: 10 })
      expect(Math.abs(overall.estimates[0].value.mean - value)).toBeLessThan(1e-9)
    })
  },
)
