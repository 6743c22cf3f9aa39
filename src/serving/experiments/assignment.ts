import type { Experiment, Weighing } from './experiment.ts'
import { bucketOf, inNamespace, placeOf, rangesOf } from './hash.ts'

/** Whether each of those who take part gets one arm; an interleaved list is of all arms, and beside a shadow only the control is seen. */
export function assignsArms({ mode }: Pick<Experiment, 'mode'>): boolean {
  return mode !== 'interleave' && mode !== 'shadow'
}

/** The arm that the hash gives to a user or a session by the weights of one time; undefined for whoever takes no part. */
export function armByHash(experiment: Experiment, unit: string, { weights, coverage }: Weighing): string | undefined {
  const { name, salt = name, namespace, arms } = experiment
  if (namespace !== undefined && !inNamespace(namespace, unit)) return undefined
  const ranges = rangesOf(assignsArms(experiment) ? weights : [1], coverage)
  const place = placeOf(bucketOf(salt, unit), ranges)
  return place === undefined ? undefined : arms[place].name
}

/** What was assigned before; undefined for whoever is new. */
export type Earlier = (experiment: string, unit: string) => Promise<string | undefined>

/**
 * The arm of a user or a session: the one that was had before, else the one of the hash. Where the hash has said the same ever since the start,
 * nobody needs to be asked what was before.
 * @throws whatever `earlier` throws
 */
export async function armOf(experiment: Experiment, unit: string, earlier: Earlier): Promise<string | undefined> {
  const said = experiment.weighings.map((weighing) => armByHash(experiment, unit, weighing))
  const now = said.at(-1)
  if (!assignsArms(experiment) || said.every((arm) => arm === now)) return now
  return (await earlier(experiment.name, unit)) ?? now
}

/** The arm that was said for a tester. */
export function overrideOf({ overrides = {} }: Pick<Experiment, 'overrides'>, unit: string): string | undefined {
  return Object.hasOwn(overrides, unit) ? overrides[unit] : undefined
}
