import { type Model, type TrainContext, TributaryError, type WorldModel } from '../../core/index.ts'
import type { ActionSpace } from '../simulator/action-space.ts'

/**
 * What the world model of a run believes of the users and items that a policy is about to learn with.
 * @throws TributaryError `bad-config` where no run is named, or the run is of something else; `mismatch` for other users or items;
 *   and as `TrainContext.openRun`
 */
export async function openWorldModel(
  folder: string,
  { users, items }: ActionSpace,
  { openRun }: Pick<TrainContext, 'openRun'>,
): Promise<WorldModel> {
  if (folder === '' || openRun === undefined)
    throw new TributaryError(
      'bad-config',
      'this policy learns in a world model; train one (tributary train world-model DATASET --out RUN) and set worldModel to its run',
    )
  const model: Model = await openRun(folder)
  try {
    if (model.can?.worldModel === undefined)
      throw new TributaryError('bad-config', `${folder} holds no world model; set worldModel to a run of world-model`)
    const world = await model.can.worldModel()
    for (const [kind, known, wanted] of [
      ['users', world.rewards.users, users],
      ['items', world.rewards.items, items],
    ] as const)
      if (known.length !== wanted.length || known.some((id, i) => id !== wanted[i]))
        throw new TributaryError(
          'mismatch',
          `the world model of ${folder} knows ${known.length} ${kind} and this policy learns with ${wanted.length} others or in another order; train it on the same dataset and domain, with the same learnsWith`,
        )
    return world
  } finally {
    await model.dispose()
  }
}
