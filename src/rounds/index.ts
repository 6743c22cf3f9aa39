export { type RoundsEvent, type RoundsPlan, trainInRounds } from './flow.ts'
export { averageRound, type Division, trainShard } from './round.ts'
