export {
  defineGraphModel,
  type GraphEncoder,
  type GraphInputs,
  type GraphModel,
  type GraphSpec,
  type OwnVectors,
} from './define.ts'
export {
  levelAdjacencies,
  levelsOf,
  type NodeKind,
  nodeOf,
  symmetric,
  type UserItemGraph,
  userItemGraph,
} from './graph.ts'
export { heard, type NodeVectors, onBoth, unitLength } from './layers.ts'
export { type GraphConfig, graphOptions } from './options.ts'
