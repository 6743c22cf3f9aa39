import { type output, type ZodObject, z } from 'zod'
import { LEARNS_WITH } from '../../rl/index.ts'

export const STATE_TRACKERS = ['average', 'gru', 'caser', 'sasrec', 'transformer'] as const
export type StateTrackerName = (typeof STATE_TRACKERS)[number]

/** The options of a policy that say how it sees an episode. */
export function trackerOptions({ tracker, window }: { readonly tracker: StateTrackerName; readonly window: number }) {
  return {
    tracker: z.enum(STATE_TRACKERS).default(tracker).describe('what makes a state of the last turns'),
    window: z.int().min(1).default(window).describe('turns that a state is made of'),
    layers: z.int().min(1).default(2).describe('layers of the trackers gru, sasrec and transformer'),
    heads: z.int().min(1).default(1).describe('attention heads of the trackers sasrec and transformer'),
    readOut: z
      .enum(['newest', 'oldest'])
      .default('newest')
      .describe(
        'place that the tracker transformer reads its state from; oldest, without a mask, is what the released code does',
      ),
    filters: z.int().min(1).default(16).describe('filters of each height in the tracker caser'),
  }
}

/** Of policies and of the world models that they learn in: the two must agree. */
export const learnsWithOption = {
  learnsWith: z
    .enum(LEARNS_WITH)
    .default('truth')
    .describe(
      'whom it learns with: the users of the truth, where there is one, or everybody with training rows (log), where those of the truth are strangers',
    ),
}

/**
 * What every policy with a network has, whatever it learns from.
 * @param heads who reads the trunk
 */
export function policyOptions(heads: string) {
  return {
    domain: z
      .string()
      .default('')
      .describe('where it recommends; may be left out where there is one domain, or a truth'),
    ...learnsWithOption,
    ...trackerOptions({ tracker: 'average', window: 3 }),
    width: z.int().min(1).default(40).describe('d, the width of item vectors (and of user vectors)'),
    user: z.enum(['none', 'vector']).default('none').describe('whether it knows the user besides the episode'),
    hidden: z.array(z.int().min(1)).default([64, 64]).describe(`units of the layers that ${heads} share`),
    gamma: z.number().min(0).max(1).default(0.9).describe('γ, what a reward of the next turn counts today'),
    learningRate: z.number().positive().default(0.001).describe('of Adam'),
    epochs: z.int().min(1).default(50).describe('epochs; the last one is kept'),
  }
}

/** What `trackerOptions` declare. */
export type TrackerConfig = output<ZodObject<ReturnType<typeof trackerOptions>>>
/** What `policyOptions` declare. */
export type PolicyConfig = output<ZodObject<ReturnType<typeof policyOptions>>>
/** The part of them that says what a policy sees and how wide it is. */
export type PolicyNetworkConfig = Pick<PolicyConfig, keyof TrackerConfig | 'width' | 'hidden' | 'user'>
