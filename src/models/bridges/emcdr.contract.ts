import { type Expectation, newcomers, smallBridge } from '../../contract/index.ts'

export const expectations: readonly Expectation[] = [
  { learns: newcomers, coldUsers: true, set: { ...smallBridge, learningRate: 0.03 } },
  { variant: 'mlp', learns: newcomers, coldUsers: true, set: { ...smallBridge, map: 'mlp', learns: 'ratings' } },
]
