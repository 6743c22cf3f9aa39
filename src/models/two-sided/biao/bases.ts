import { type output, type ZodType, z } from 'zod'
import { parseConfig, TributaryError } from '../../../core/index.ts'
import { type LabelModelSpec, labelOptions } from '../../../families/two-sided/index.ts'

/** Defaults of the training around any base model. */
const { source: _, ...sharedOptions } = labelOptions({ learningRate: 0.001, batchSize: 64 })

export { sharedOptions }

/** Names of base models, and the options that they have of their own: null stands for the base's own default. */
export function baseOptions(bases: readonly LabelModelSpec[]) {
  const [first, ...others] = bases.map(({ name }) => name)
  if (first === undefined) throw new Error('there is no base model')
  return {
    base: z
      .enum([first, ...others])
      .default(first)
      .describe('the model whose source behaviors are weighed'),
    ...ownOptions(bases),
  }
}

function ownOptions(bases: readonly LabelModelSpec[]): Record<string, ZodType> {
  const names = [...new Set(bases.flatMap(({ config }) => Object.keys(config.shape)))].filter(
    (name) => name !== 'source' && !(name in sharedOptions),
  )
  return Object.fromEntries(
    names.map((name) => {
      const having = bases.filter(({ config }) => name in config.shape)
      const schemas = having.map(({ config }) => (config.shape[name] as z.ZodDefault<ZodType>).unwrap())
      const description = `of ${having.map((base) => base.name).join(', ')}: ${(having[0].config.shape[name] as ZodType).description}; null is the base's own default`
      return [
        name,
        z
          .union([...schemas, z.null()])
          .default(null)
          .describe(description),
      ]
    }),
  )
}

/**
 * The chosen base and its configuration, with the options of the wrapper that concern it.
 * @throws TributaryError `bad-config` for an option of another base, or a value that the base refuses
 */
export function resolveBase(bases: readonly LabelModelSpec[], config: Readonly<Record<string, unknown>>) {
  const base = bases.find(({ name }) => name === config.base)!
  const given: Record<string, unknown> = { source: 'loss' }
  for (const name of Object.keys(sharedOptions)) given[name] = config[name]
  for (const name of Object.keys(ownOptions(bases))) {
    if (config[name] === null) continue
    if (!(name in base.config.shape))
      throw new TributaryError(
        'bad-config',
        `biao: the base ${base.name} has no option '${name}'; its options are ${Object.keys(base.config.shape).join(', ')}`,
      )
    given[name] = config[name]
  }
  return { base, config: parseConfig(base, given).config as output<LabelModelSpec['config']> & SharedConfig }
}

export type SharedConfig = output<z.ZodObject<ReturnType<typeof labelOptions>>> & {
  readonly dropout?: number | undefined
}
