import { createHash } from 'node:crypto'
import { z } from 'zod'
import { type ModelSpec, parseConfig, recordedOptions, TributaryError } from '../core/index.ts'

const namedNumbers = z.record(z.string(), z.number())

const manifestSchema = z.object({
  format: z.literal(1),
  model: z.string(),
  /** The file of the plug-in that the model is from, as it was given. */
  plugin: z.string().optional(),
  task: z.enum(['ranking', 'ctr', 'rating', 'policy']),
  /** Every option of the model, and whether the user set it. */
  config: z.record(z.string(), z.object({ value: z.unknown(), from: z.enum(['default', 'set']) })),
  /** `path` as it was given, `fromRun` from the run's folder: the first that is there counts, the second one tried first. */
  dataset: z.object({ name: z.string(), path: z.string(), fromRun: z.string().optional(), hash: z.string() }),
  split: z.string(),
  seed: z.number(),
  threads: z.number(),
  versions: z.object({ tributary: z.string(), node: z.string(), onnxruntime: z.string() }),
  /** `done` once the best weights are in the folder. */
  status: z.enum(['training', 'done']),
  result: z
    .object({
      epochs: z.number(),
      bestEpoch: z.number(),
      reason: z.string(),
      /** Time spent in epochs. */
      seconds: z.number(),
      validation: namedNumbers.optional(),
      believed: z
        .object({ return: z.number(), listReturn: z.number(), entropy: z.number(), entropyAtRandom: z.number() })
        .optional(),
      cautions: z.array(z.string()).optional(),
    })
    .optional(),
  /** SHA-256 of the weights file. */
  weightsHash: z.string().optional(),
  /** What it was trained with: by folder, the hash of a run's weights (a world model) or of demonstrations; by file, that of vectors of items. */
  uses: z.record(z.string(), z.string()).optional(),
  /** The run whose weights it began with, and their hash. */
  warmStart: z.object({ run: z.string(), weights: z.string() }).optional(),
  /** Trained in rounds: users were dealt to so many shards, each of which trained so many epochs before their mean was taken. */
  rounds: z.object({ shards: z.number(), localEpochs: z.number() }).optional(),
  /** How a policy was shown in the dataset's truth while it learned, and what the controls earn there in each mode. */
  simulation: z
    .object({
      every: z.number(),
      episodes: z.number(),
      leave: z.array(z.string()),
      maxLength: z.number(),
      controls: z.record(z.string(), z.object({ knowsTruth: z.boolean(), mode: z.record(z.string(), namedNumbers) })),
    })
    .optional(),
})

/** What a run is: everything that was decided before its first step, and how it ended. */
export type Manifest = Readonly<z.output<typeof manifestSchema>>

/** The whole configuration that a run was made with, also the options that its version did not have. */
export function configOfRun(spec: ModelSpec, { config }: Pick<Manifest, 'config'>): Record<string, unknown> {
  const values = Object.fromEntries(Object.entries(config).map(([name, { value }]) => [name, value]))
  return parseConfig(spec, recordedOptions(spec, values)).config
}

/** The file holds one thing more: what tells whether the rest is what was written. Older ones do not. */
const fileSchema = manifestSchema.extend({ decidedHash: z.string().optional() })

export function manifestText(manifest: Manifest): string {
  return `${JSON.stringify({ ...manifest, decidedHash: decidedHash(manifest) }, undefined, 2)}\n`
}

/**
 * @param path named in errors
 * @throws TributaryError `file-damaged`
 */
export function parseManifest(path: string, text: string): Manifest {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new TributaryError('file-damaged', `${path} is not JSON`)
  }
  const parsed = fileSchema.safeParse(value)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]
    throw new TributaryError('file-damaged', `${path} is not a manifest: ${issue.path.join('.')}: ${issue.message}`)
  }
  const { decidedHash: expected, ...manifest } = parsed.data
  if (expected !== undefined && expected !== decidedHash(manifest))
    throw new TributaryError(
      'file-damaged',
      `${path} is not what the run wrote: its model, options, dataset, split or seed have changed; restore it or train again with --overwrite`,
    )
  return manifest
}

/** SHA-256 of all that fixes the bits of the weights. */
function decidedHash({ model, config, dataset, split, seed, warmStart, rounds }: Manifest): string {
  const options = Object.entries(config).map(([name, { value }]) => [name, value])
  return createHash('sha256')
    .update(
      JSON.stringify([
        ...[model, options, dataset.hash, split, seed],
        ...(warmStart ? [warmStart.weights] : []),
        ...(rounds ? [rounds] : []),
      ]),
    )
    .digest('hex')
}

/** The same for trainings that differ in nothing but their seed. */
export function groupOf({ model, config, dataset, split, warmStart, rounds }: Manifest): string {
  const options = Object.entries(config)
    .map(([name, { value }]) => [name, value] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  const text = JSON.stringify([model, options, dataset.hash, split, warmStart?.weights, ...(rounds ? [rounds] : [])])
  return createHash('sha256').update(text).digest('hex').slice(0, 16)
}
