export { createRidgeSolver, type RidgeSolver, rowsByEntity, type VectorRidge } from './alternating-ridge.ts'
export {
  type BootstrapOptions,
  bootstrapMeans,
  bootstrapStatistics,
  clusteredError,
  type Interval,
  intervalOf,
  mean,
  meanInterval,
  overDrawnSeeds,
  pairedBootstrap,
  pairedBootstrapOverSeeds,
  pValue,
  samplesFor,
  standardDeviation,
  type Verdict,
  verdict,
} from './bootstrap.ts'
export { neighborsByCluster } from './clusters.ts'
export { firstAtLeast } from './first-at-least.ts'
export { inBatches } from './in-batches.ts'
export {
  type AdamStep,
  type Arena,
  adamStep,
  createArena,
  createRowSums,
  floatsBeside,
  type RowSums,
  rowSumsScratch,
} from './kernels.ts'
export { createNearest, type NearestRows, nearestRows, refuseCount } from './nearest-rows.ts'
export { choleskyFactor, choleskyInverse, choleskySolve } from './positive-definite.ts'
export { denseRewards, factorizedRewards, keptRewards } from './reward-matrices.ts'
export * from './rng.ts'
export { rowProducts } from './row-products.ts'
export { type ItemRows, spectralTable } from './spectral.ts'
export { type Spread, spreadOf } from './spread.ts'
export { leadingDirections, orthonormalize } from './subspace.ts'
export { takeRows } from './take-rows.ts'
