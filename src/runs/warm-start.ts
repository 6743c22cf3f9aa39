import {
  type Dataset,
  domainItems,
  type Model,
  type NamedTensors,
  type Split,
  type Tensor,
  type TensorData,
  TributaryError,
  type Vocabulary,
} from '../core/index.ts'
import type { Manifest } from './manifest.ts'
import { openTrainedRun, type TrainedRun } from './open.ts'

/** Splits that never test a row which an earlier log trained with: times and ends of histories only move on. */
const MOVING_ON = ['leave-two-out', 'global-time']

/** Whether what a later log tests under this split never trained a run of an earlier log. */
export function isMovingOn(splitName: string): boolean {
  return MOVING_ON.some((kind) => splitName.startsWith(kind))
}

/**
 * Gives a model that has not begun to learn the weights of an earlier run, by the names of users and items; what that run did not
 * know begins as it would without.
 * @param folder of a finished run of the same model, of whatever log
 * @returns what the manifest says of it
 * @throws TributaryError `bad-argument` for another model, other options than how long it is trained, or a split under which the earlier
 * run may have been trained with what is tested now; `mismatch` when it is no longer the run that training began with; as `openTrainedRun`
 */
export async function warmStart(
  { spec, dataset, split, model }: Pick<TrainedRun, 'spec' | 'dataset' | 'split' | 'model'>,
  folder: string,
  before?: Manifest['warmStart'],
): Promise<NonNullable<Manifest['warmStart']>> {
  const earlier = await openTrainedRun(folder, { threads: 1 })
  try {
    refuseToStart(spec.name, split, earlier)
    const weights = earlier.run.manifest.weightsHash ?? ''
    if (before !== undefined && before.weights !== weights)
      throw new TributaryError(
        'mismatch',
        `${folder} has been trained again since a training began from its weights; train again with --overwrite`,
      )
    if (spec.task === 'policy' || !('epochs' in spec.config.shape))
      throw new TributaryError(
        'bad-argument',
        `${spec.name} does not learn by going on from weights of an earlier log; leave out --warm-start`,
      )
    model.load(carriedOver(model, dataset, earlier.model.weights(), earlier.dataset))
    return { run: folder, weights }
  } finally {
    await earlier.model.dispose()
  }
}

function refuseToStart(name: string, split: Split, { run, spec, split: theirs }: TrainedRun): void {
  if (spec.name !== name)
    throw new TributaryError(
      'bad-argument',
      `${run.folder} holds ${spec.name}, whose weights are none of ${name}; start from a run of ${name}, or without --warm-start`,
    )
  if (theirs.name !== split.name || !isMovingOn(split.name))
    throw new TributaryError(
      'bad-argument',
      `${run.folder} was split by ${theirs.name} and this run is by ${split.name}; only leave-two-out and global-time, the same in both, keep what is tested now out of weights of an earlier log`,
    )
}

/** The weights that a model begins with: by name and row those of an earlier one, its own where that has none. */
export function carriedOver(
  model: Pick<Model, 'weights'>,
  dataset: Dataset,
  earlier: NamedTensors,
  known: Dataset,
): NamedTensors {
  const axes = axesOf(dataset, known)
  return new Map(
    [...model.weights()].map(([name, own]): [string, Tensor] => {
      const before = earlier.get(name)
      return [name, before === undefined ? own : carried(name, own, before, axes)]
    }),
  )
}

/** A kind of rows: how many there are of it, and for each of them the row that it was, −1 for none. */
interface Axis {
  readonly of: string
  readonly rows: number
  readonly rowsBefore: number
  readonly before: () => Int32Array
}

function carried(name: string, own: Tensor, before: Tensor, axes: readonly Axis[]): Tensor {
  if (own.shape.length !== before.shape.length || own.data.constructor !== before.data.constructor) return own
  const [rows, ...rest] = own.shape
  const [rowsBefore, ...restBefore] = before.shape
  if (rest.some((n, i) => n !== restBefore[i])) return own
  const fitting = axes.filter((axis) => axis.rows === rows && axis.rowsBefore === rowsBefore)
  // Where there are as many users as items, the name tells.
  const axis = fitting.find(({ of }) => name.includes(of)) ?? fitting[0]
  if (axis === undefined) return rows === rowsBefore ? before : own
  const width = rest.reduce((size, n) => size * n, 1)
  const data: TensorData = own.data.slice()
  for (const [row, from] of axis.before().entries())
    if (from !== -1) data.set(before.data.subarray(from * width, (from + 1) * width), row * width)
  return { shape: own.shape, data }
}

function axesOf(dataset: Dataset, known: Dataset): readonly Axis[] {
  const domains = dataset.domains.flatMap((name, d): Axis[] => {
    const k = known.domains.indexOf(name)
    if (k === -1) return []
    const [now, then] = [domainItems(dataset, d), domainItems(known, k)]
    // Trained domain by domain, a model counts the items of each from 1.
    return [
      {
        of: `${name}/`,
        rows: now.end - now.start + 1,
        rowsBefore: then.end - then.start + 1,
        before: () => {
          const all = namesBefore(dataset.items, known.items, 1).subarray(now.start, now.end)
          return Int32Array.of(0, ...all.map((id) => (id < then.start || id >= then.end ? -1 : id - then.start + 1)))
        },
      },
    ]
  })
  return [
    {
      of: 'item',
      rows: dataset.items.size,
      rowsBefore: known.items.size,
      before: () => namesBefore(dataset.items, known.items, 1),
    },
    {
      of: 'user',
      rows: dataset.users.size + 1,
      rowsBefore: known.users.size + 1,
      before: () =>
        Int32Array.of(0, ...namesBefore(dataset.users, known.users, 0).map((id) => (id === -1 ? -1 : id + 1))),
    },
    {
      of: 'user',
      rows: dataset.users.size,
      rowsBefore: known.users.size,
      before: () => namesBefore(dataset.users, known.users, 0),
    },
    ...domains,
  ]
}

/** The earlier id of each id, −1 where there was none; ids before `first` have no name and stay. */
function namesBefore(now: Vocabulary, then: Vocabulary, first: number): Int32Array {
  return Int32Array.from({ length: now.size }, (_, id) => (id < first ? id : (then.id(now.name(id)) ?? -1)))
}
