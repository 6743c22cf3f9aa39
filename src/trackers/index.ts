export { trackerOf } from './open.ts'
export { tracked } from './tracked.ts'
export { type Ending, type Figures, figuresOf, type Tracker, type Training } from './tracker.ts'
