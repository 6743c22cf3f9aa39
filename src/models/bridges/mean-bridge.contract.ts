import { type Expectation, newcomers, smallBridge } from '../../contract/index.ts'

export const expectations: readonly Expectation[] = [
  { learns: newcomers, coldUsers: true, set: smallBridge },
  {
    variant: 'one bridge, shared offsets',
    learns: newcomers,
    coldUsers: true,
    set: { ...smallBridge, bridgeSharing: 'shared', offsets: 'shared' },
  },
]
