import { unknownName } from '../../core/index.ts'
import { actOnly } from './act-only.ts'
import type { Agent } from './agent.ts'
import { billp } from './billp.ts'
import { react } from './react.ts'
import { reflexion } from './reflexion.ts'

export type { Agent } from './agent.ts'
export { type Demonstrated, type DemonstrateOptions, demonstrate } from './demonstrate.ts'
export { type ItemVectorOptions, vectorsOfItems } from './item-vectors.ts'

export const AGENTS: readonly Agent[] = [actOnly, react, reflexion, billp]

/** @throws TributaryError `unknown-name` */
export function findAgent(name: string): Agent {
  const agent = AGENTS.find((one) => one.name === name)
  if (agent !== undefined) return agent
  throw unknownName(
    'agent',
    name,
    AGENTS.map((one) => one.name),
  )
}
