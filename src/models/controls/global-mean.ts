import { z } from 'zod'
import { defineEffects } from '../../families/factors/index.ts'

/** ŷ = m_d. */
export const globalMean = defineEffects({
  name: 'global-mean',
  summary: "ratings by the mean of an item's domain, whoever rates whatever; the floor of predictions",
  config: z.object({}),
  form: () => ({ known: 'all', sweeps: 1 }),
  shrinkage: () => ({}),
})
