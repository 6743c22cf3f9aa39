import { type Expectation, newcomers, smallBridge } from '../../../contract/index.ts'

const small = { ...smallBridge, turns: 256, agentBatchSize: 128, ppoEpochs: 2 }
const agents = 'it takes part in learning; the actor answers'
const inert = Object.fromEntries([
  ...['books', 'films', 'music'].flatMap((target) => [
    [`${target}/actor/logDeviation`, 'nothing is drawn in answers'],
    ...[0, 1, 2].flatMap((layer) =>
      ['weight', 'bias'].map((part) => [`${target}/critic/layer${layer}/${part}`, agents]),
    ),
  ]),
])

export const expectations: readonly Expectation[] = [
  { learns: newcomers, coldUsers: true, set: small, inert },
  {
    variant: 'team credit, one bridge, the target as an agent, paid for lists',
    learns: newcomers,
    coldUsers: true,
    set: {
      ...{ ...small, credit: 'team', bridgeSharing: 'shared', agentNames: true, entropySign: 'bonus' },
      ...{ targetAgent: true, warm: 'bridge', reward: 'ndcg', rewardItems: 2 },
    },
    inert,
  },
]
