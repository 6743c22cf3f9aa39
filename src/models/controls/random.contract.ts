import type { Expectation } from '../../contract/index.ts'

export const expectations: readonly Expectation[] = [
  { learns: 'a control that learns nothing', fixed: { seed: 'given when the model is made' } },
]
