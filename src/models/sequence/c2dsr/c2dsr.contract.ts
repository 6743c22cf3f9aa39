import { copy, type Expectation, inertKeys, smallSequence } from '../../../contract/index.ts'

const trains = 'the discriminator of the infomax objective; it only trains'
const small = { ...smallSequence, inner: 16, layers: 1, maxLength: 8 }
const keys = inertKeys('cross/block0', 'single0/block0', 'single1/block0')

export const expectations: readonly Expectation[] = [
  { learns: copy, set: small, inert: { ...keys, discriminators: trains, 'discriminators/bias': trains } },
  { variant: 'without graph and infomax', learns: copy, set: { ...small, graphLayers: 0, lambda: 1 }, inert: keys },
]
