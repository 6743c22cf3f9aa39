import type { NamedTensors, RewardMatrix, Trust } from '../../core/index.ts'
import type { Simulator } from '../simulator/simulator.ts'

/** The same turn of several episodes side by side, before it is paid. */
export interface Turns {
  readonly simulator: Simulator
  /** Slots of the episodes that go on. [n] */
  readonly slots: Int32Array
  /** What each of them recommends now: a column of the action space. [n] */
  readonly columns: Int32Array
  /** What the policy made of each episode so far, before this turn. [n × width of the state tracker] */
  readonly states: Float32Array
  /** Labels whatever is drawn: the collection's number and the turn's within it. */
  readonly collection: number
  readonly turn: number
}

export interface Pay {
  /** What the policy is to maximize, r of the paper's equations. [n] */
  readonly rewards: Float32Array
  /** What the user is believed to give, in units of the log, which the policy sees as the last reward. [n] */
  readonly observed: Float32Array
}

/**
 * What a turn pays a policy in training: where MBPO, MOPO, DORL, ROLeR, CIRS and DARLR differ from one another. Rows and columns are
 * those of the world model's rewards.
 */
export interface RewardShaper {
  /** What it believes of pairs before anything is learned; default the world model's rewards. */
  readonly believed?: RewardMatrix | undefined
  pay(turns: Turns): Pay | Promise<Pay>
  /** After the policy's own update on a collection; returns loss terms by name, and other figures to be logged. */
  learn?(): Promise<Readonly<Record<string, number>>>
  /** How far it trusts what others are believed to give, at the end of an epoch; `last` as in `TrainingPlan`. */
  trust?(last: boolean): Trust | undefined
  /** Arrays that paying or learning changes, so that a checkpoint holds them. */
  readonly tensors?: NamedTensors
  /** Frees what it compiled. */
  dispose?(): Promise<void>
}
