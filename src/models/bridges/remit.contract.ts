import { type Expectation, newcomers, smallBridge } from '../../contract/index.ts'

export const expectations: readonly Expectation[] = [
  {
    learns: newcomers,
    coldUsers: true,
    set: { ...smallBridge, interests: 2, agentHidden: 8, agentLearningRate: 0.01 },
  },
]
