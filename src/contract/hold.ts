import { describe } from 'vitest'
import type { ModelSpec } from '../core/index.ts'
import type { Expectation } from './expectation.ts'
import { holdModel } from './models.ts'
import { holdPolicy } from './policies.ts'

/** Registers the cases of Vitest that hold a model or policy to what all owe, once for each expectation. */
export function holdToContract(spec: ModelSpec, ...expectations: readonly Expectation[]): void {
  for (const expectation of expectations)
    describe(titleOf(spec, expectation), () => {
      if ('earns' in expectation) holdPolicy(spec, expectation)
      else holdModel(spec, expectation)
    })
}

/** `sasrec across domains`. */
export function titleOf({ name }: ModelSpec, { variant }: Expectation): string {
  return variant === undefined ? name : `${name} ${variant}`
}
