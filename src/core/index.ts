export { type ByName, byName, mapValues, nameOfAll } from './by-name.ts'
export * from './categories.ts'
export * from './config.ts'
export * from './dataset.ts'
export * from './domain-view.ts'
export * from './errors.ts'
export {
  type AdamStep,
  type Arena,
  adamStep,
  createArena,
  createRowSums,
  type RowSums,
  rowSumsScratch,
} from './kernels.ts'
export * from './learned.ts'
export * from './metric.ts'
export * from './model.ts'
export * from './query.ts'
export * from './rl.ts'
export * from './rng.ts'
export * from './tensor.ts'
export { giveWay } from './turn.ts'
