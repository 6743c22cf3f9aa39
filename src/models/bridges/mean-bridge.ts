import { z } from 'zod'
import { bridgeOptions, defineBridgeModel, knownMean, personalizedBridge } from '../../families/bridges/index.ts'

const config = z.object({
  hidden: z.int().min(1).default(50).describe('hidden units of the network that makes the map of a user'),
  bridgeSharing: z.enum(['own', 'shared']).default('own').describe('whether each source has a bridge of its own'),
  ...bridgeOptions(),
})

/** e = mean over the sources that know the user of u_d M_d */
export const meanBridge = defineBridgeModel({
  name: 'mean-bridge',
  summary: 'the mean of personalized bridges from all sources that know a user; a control of weighing them',
  config,
  network: ({ hidden, bridgeSharing }, parameters, { width, sources }) => ({
    states: {
      vector: knownMean(
        sources.map((source) =>
          personalizedBridge(parameters, bridgeSharing === 'own' ? source.name : 'bridge', source, { width, hidden }),
        ),
        sources,
      ),
    },
  }),
})
