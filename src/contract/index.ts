export type {
  Expectation,
  LabelLesson,
  Lesson,
  ModelExpectation,
  PolicyExpectation,
  RatingLesson,
} from './expectation.ts'
export { holdToContract } from './hold.ts'
export * from './lessons.ts'
export { policyWorld, worldModelRun } from './policy-world.ts'
export { coldUsersWorld, newInTarget, ratedWorld } from './rated-worlds.ts'
export { trainInMemory } from './train-in-memory.ts'
export * from './worlds.ts'
