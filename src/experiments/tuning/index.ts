export type { Importance } from './importance.ts'
export { SAMPLERS, type Sampler, type Trial, type TuningOutcome, type TuningPlan } from './plan.ts'
export { type Dimension, parseDimension, usualSpace } from './space.ts'
export { tune } from './tune.ts'
