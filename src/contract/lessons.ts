import type { LabelLesson, Lesson, RatingLesson } from './expectation.ts'
import { coldUsersWorld, mixedSourceWorld, newInTarget, ratedWorld } from './rated-worlds.ts'
import { blockWorld, cycleWorld, tasteElsewhereWorld, twoDomainCopyWorld } from './worlds.ts'

// What models are asked to learn, and options so small that they do it in a second or two.

/** Two groups of items, and users who keep to one. */
export const blocks: Lesson = { world: blockWorld, k: 5, atLeast: 0.95, margin: 0.5, maskSeen: true }
/** Each item has one successor. */
export const cycle: Lesson = { world: cycleWorld, k: 1, atLeast: 0.95, margin: 0.8 }
/** What comes next in one domain is what came in the other. */
export const copy: Lesson = { world: twoDomainCopyWorld, k: 1, atLeast: 0.95, margin: 0.8 }
/** What users like in one domain they like in the other, where they have hardly been. */
export const elsewhere: Lesson = { world: tasteElsewhereWorld, k: 4, atLeast: 0.9, margin: 0.3 }
/** Users and items together tell a label. */
export const taste: LabelLesson = { world: ratedWorld, auc: 0.95 }
/** Items alone tell a label. */
export const quality: LabelLesson = { world: () => ratedWorld({ follows: 'quality' }), auc: 0.95 }
/** A constant errs by 1.41 and so does whoever adds up users and items; who knows all that can be known, by .68. */
export const ratings: RatingLesson = { world: ratedWorld, rmse: 1.05 }
/** Items alone tell a rating: a constant errs by 1.41, who knows all that can be known by .68. */
export const stars: RatingLesson = { world: () => ratedWorld({ follows: 'quality' }), rmse: 0.9 }
/** The source tells how generous a user is who is new in the target: a constant errs by 1.43, who knows all by .99. */
export const generosityElsewhere: RatingLesson = {
  world: () => newInTarget(mixedSourceWorld({ users: 200, quiet: true })),
  rmse: 1.2,
}
/** What users like elsewhere tells what they like where they are new: a constant errs by 1.41, who knows all that can be known, by .68. */
export const newcomers: RatingLesson = { world: coldUsersWorld, rmse: 1.1 }

const keyBias = 'what all keys of a query have in common cancels in the softmax; the paper has it'
/** Biases of keys in these blocks of attention, which matter to no score. */
export const inertKeys = (...blocks: string[]) =>
  Object.fromEntries(blocks.map((block) => [`${block}/key/bias`, keyBias]))
/** Of models of histories. */
export const smallSequence = { width: 16, dropout: 0.1, batchSize: 32, epochs: 30, patience: 0, learningRate: 0.01 }
/** Of models that predict labels or ratings. */
export const smallRated = { epochs: 12, patience: 0, learningRate: 0.01, batchSize: 32 }

/** Of models that bring vectors of users from one domain to another. */
export const smallBridge = {
  width: 2,
  epochs: 15,
  patience: 0,
  learningRate: 0.01,
  batchSize: 64,
  factorRidge: [2],
  userRidge: [4],
  itemRidge: [4],
}

/** What an actor's critic holds. */
export const unusedCritic = Object.fromEntries(
  ['weight', 'bias'].map((part) => [`critic/${part}`, 'it judges states in training; the actor recommends']),
)
/** A2C, small: an epoch is two collections of 16 episodes, so that a first one has learned little. */
export const smallA2c = {
  worldModel: 'world',
  width: 8,
  hidden: [16],
  episodes: 16,
  maxLength: 8,
  stepsPerEpoch: 256,
  batchSize: 32,
  learningRate: 0.01,
  epochs: 12,
}

/** Learning from the log, small. */
export const smallOffline = {
  width: 8,
  hidden: [16],
  batchSize: 64,
  updatesPerEpoch: 40,
  epochs: 8,
  // In the midst of epochs, so that a checkpoint must hold the target network.
  targetEvery: 15,
  learningRate: 0.01,
}
/** The reward network of policies that only predict, small. */
export const smallPredicting = {
  ensemble: 1,
  negatives: 0,
  l2: 0,
  hidden: [16],
  learningRate: 0.01,
  batchSize: 32,
  epochs: 20,
}
/** What a reward network of one member holds of its variance. */
export const unusedSpread = Object.fromEntries(
  ['weight', 'bias'].map((part) => [`member0/variance/${part}`, 'it says how sure a prediction is; the mean acts']),
)
/** A head of a network that does not act. */
export const unusedHead = (head: string, reason: string) =>
  Object.fromEntries(['weight', 'bias'].map((part) => [`${head}/${part}`, reason]))
