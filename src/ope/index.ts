export * from './estimator.ts'
export { ESTIMATORS } from './estimators/index.ts'
export * from './logged.ts'
