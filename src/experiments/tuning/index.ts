export type { Importance } from './importance.ts'
export { type Dimension, parseDimension, usualSpace } from './space.ts'
export { SAMPLERS, type Sampler, type Trial, type TuningOutcome, type TuningPlan, tune } from './tune.ts'
