import { type output, type ZodObject, z } from 'zod'
import type { objectiveOptions, trainingOptions } from '../ranking/index.ts'

/** How a history is read, by models of sequences. */
export function sequenceOptions() {
  return {
    maxLength: z.int().min(1).default(50).describe('T, how many of the most recent items are looked at'),
    initialization: z
      .enum(['spectral', 'random'])
      .default('spectral')
      .describe('where item vectors start: from who consumed what (singular vectors of the log), or from noise'),
    sequences: z
      .enum(['mixed', 'single'])
      .default('mixed')
      .describe('one model over mixed sequences, or an independent model for each domain (its single-domain twin)'),
    histories: z
      .enum(['mixed', 'own', 'both'])
      .default('mixed')
      .describe(
        'what one model reads of a user: all events, those in the domain asked for, or both, in a share that each domain chooses on validation',
      ),
    memory: z
      .enum(['none', 'neighbors'])
      .default('none')
      .describe(
        'what answers beside the network: nothing, or the items that the same users had as those of the history, weighed by each domain on validation',
      ),
    ask: z
      .enum(['last', 'domain', 'learned'])
      .default('last')
      .describe(
        'how a model of mixed events knows which domain is asked for: not at all; the events end with the last one there; by a learned vector',
      ),
  }
}

type SharedOptions = ReturnType<typeof sequenceOptions> &
  ReturnType<typeof objectiveOptions> &
  ReturnType<typeof trainingOptions>

/** The options that every sequence model has, whatever else it has. */
export type SequenceConfig = output<ZodObject<SharedOptions>> & {
  /** d, the width of item embeddings. */
  readonly width: number
  readonly dropout: number
}

/** The options that say how a model learns, and none of those that say which readings of a history answer. */
export type LearningConfig = Omit<SequenceConfig, 'sequences' | 'histories' | 'memory' | 'ask'>

/** The rule of models with attention, as `.refine(...headsDivideWidth())`. */
export function headsDivideWidth() {
  type Options = { readonly width: number; readonly heads: number }
  const divides = ({ width, heads }: Options) => width % heads === 0
  const error = ({ input }: { readonly input?: unknown }) => {
    const { width, heads } = input as Options
    return `width ${width} cannot be divided among ${heads} heads; choose heads that divide it`
  }
  return [divides, { error, path: ['heads'] as string[] }] as const
}
