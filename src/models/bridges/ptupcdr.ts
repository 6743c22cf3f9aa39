import { z } from 'zod'
import { bridgeOptions, defineBridgeModel, joinedSource, personalizedBridge } from '../../families/bridges/index.ts'

const config = z.object({
  hidden: z.int().min(1).default(50).describe('hidden units of the network that makes the map of a user'),
  ...bridgeOptions(),
})

/** e = u M(q): a map of one's own, made from what one liked in the source; several sources are one. */
export const ptupcdr = defineBridgeModel({
  name: 'ptupcdr',
  summary:
    "a map of one's own from the source to the target, made from what one liked there; several sources are taken as one",
  paper: {
    title: 'Personalized Transfer of User Preferences for Cross-domain Recommendation',
    year: 2022,
    venue: 'WSDM',
  },
  config,
  network({ hidden }, parameters, { width: output, sources }) {
    const { width, ...source } = joinedSource(sources, output)
    return { states: { vector: personalizedBridge(parameters, 'bridge', source, { width, output, hidden }) } }
  },
})
