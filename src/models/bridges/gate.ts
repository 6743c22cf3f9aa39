import { z } from 'zod'
import {
  bridgeOptions,
  defineBridgeModel,
  weighedNetwork,
  weighingCapabilities,
  weighingOptions,
} from '../../families/bridges/index.ts'

const config = z.object({ ...weighingOptions(), ...bridgeOptions({ weightDecay: 0.01 }) })

/** The weights of marco by the same network of the same inputs, learned with the bridges by the gradient of the squared error. */
export const gate = defineBridgeModel({
  name: 'gate',
  summary: 'bridged vectors of all sources under weights that back-propagation learns; a control of agents',
  config,
  trusts: 'domain',
  can: weighingCapabilities,
  hearsTarget: ({ targetAgent }) => targetAgent,
  network: weighedNetwork,
})
