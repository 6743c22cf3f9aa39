import type { output, ZodObject, ZodType } from 'zod'
import {
  type Dataset,
  defineModel,
  type Model,
  type ModelContext,
  type NamedTensors,
  type Scorer,
  type Split,
  type TrainContext,
  type TrainEvent,
} from '../../core/index.ts'
import { createRng } from '../../math/index.ts'
import {
  createParameters,
  createTable,
  type EmbeddingTable,
  loadWeights,
  normal,
  type Parameters,
} from '../../nn/index.ts'
import { createPrograms, input, type Programs, runWith, type Sym } from '../../tensor/index.ts'
import { membersOf } from './members.ts'
import type { FactorConfig } from './options.ts'
import { askingFeeds, askingUsers, type UserPart, type UserParts, type UserVectors } from './parts.ts'

/** Numbers in an array of one run, at most: [queries, items, d]. */
const MOST = 4_000_000

/** What one model brings whose users have vectors of their own in each domain. */
export interface DomainFactorSpec<C extends ZodObject> {
  readonly name: string
  readonly summary: string
  readonly paper: { readonly title: string; readonly year: number; readonly venue: string }
  /** With `factorOptions` and `width`, of a part of a user, among its options. */
  readonly config: C
  /** Width of item vectors where it is not `width`. */
  itemWidth?(config: output<C>): number
  /** How long vectors of users and items are before training, about. */
  readonly length: number
  /** Which vectors of users it reads. */
  parts(domains: readonly string[]): readonly UserPart[]
  /**
   * Scores of items, [N, R], which declares its weights.
   * @param items [R, d] for all users alike, or one item a user, [N, 1, d]
   */
  match(config: output<C>, model: DomainFactors, users: UserParts, items: Sym): Sym
  /** Names its loss, its pairs and its step. */
  train(model: DomainFactorModel, config: output<C>, context: TrainContext): AsyncGenerator<TrainEvent>
}

/** Its weights: `users/own` [users × domains + 1, d], `users/shared` [users of several + 1, d], `items` [V, d], and what `match` declares. */
export interface DomainFactors extends UserVectors {
  readonly parts: readonly UserPart[]
  readonly items: EmbeddingTable
  readonly parameters: Parameters
  readonly programs: Programs
}

export interface DomainFactorModel extends Model, DomainFactors {
  match(users: UserParts, items: Sym): Sym
}

export function defineDomainFactorModel<C extends ZodObject & ZodType<FactorConfig>>(given: DomainFactorSpec<C>) {
  const { itemWidth = ({ width }) => width, length, parts, match, ...spec } = given
  return defineModel({
    ...spec,
    task: 'ranking',
    create(config: output<C>, dataset: Dataset, split: Split, context: ModelContext): DomainFactorModel {
      const model = createDomainFactors(
        { name: spec.name, length, width: config.width, itemWidth: itemWidth(config), parts: parts(dataset.domains) },
        { dataset, split },
        context,
      )
      const own = (users: UserParts, items: Sym) => match(config, model, users, items)
      const weights = (): NamedTensors => {
        const tables = model.parts.includes('shared')
          ? [model.own, model.shared, model.items]
          : [model.own, model.items]
        return new Map([...tables.map((table) => [table.name, table.tensor] as const), ...model.parameters.tensors])
      }
      return {
        ...model,
        match: own,
        weights,
        load: (loaded) => loadWeights(weights(), loaded),
        score: scoreMatches(model, own),
        dispose: () => model.programs.dispose(),
      }
    },
  })
}

function createDomainFactors(
  {
    name,
    length,
    width,
    itemWidth,
    parts,
  }: {
    readonly name: string
    readonly length: number
    readonly width: number
    readonly itemWidth: number
    readonly parts: readonly UserPart[]
  },
  { dataset, split }: { readonly dataset: Dataset; readonly split: Split },
  { seed, threads, serving }: ModelContext,
): DomainFactors {
  const rng = createRng(seed).split(name)
  const members = membersOf(dataset, split)
  const table = (of: string, rows: number, d: number) => createTable(of, rows, d, normal(length / Math.sqrt(d)), rng)
  return {
    dataset,
    parts,
    members,
    own: table('users/own', members.counts.own + 1, width),
    shared: table('users/shared', parts.includes('shared') ? members.counts.shared + 1 : 1, width),
    items: table('items', dataset.items.size, itemWidth),
    parameters: createParameters(rng),
    programs: createPrograms({ threads, spin: !serving }),
  }
}

/** One graph a domain, which all of its queries ask. */
function scoreMatches(model: DomainFactors, match: DomainFactorModel['match']): Scorer['score'] {
  const { own, items, parts, parameters, programs, dataset } = model
  const block = input('block', ['R', items.width])
  const graphs = dataset.domains.map((_, d) => match(askingUsers(parts.length, own.width, d), block)) // [N, R] each
  return async (queries, { start, end }) => {
    const width = end - start
    const scores = new Float32Array(queries.length * width)
    const atOnce = Math.max(1, Math.floor(MOST / (width * items.width)))
    for (const [d, graph] of graphs.entries()) {
      const places = queries.flatMap(({ domain }, i) => (domain === d ? [i] : []))
      if (places.length === 0) continue
      const program = await programs.compile({ scores: graph }, `scores/${d}`)
      const feeds = askingFeeds(model, parts, own.width, d)
      for (let first = 0; first < places.length; first += atOnce) {
        const chosen = places.slice(first, first + atOnce)
        const found = await runWith(program, {
          ...Object.fromEntries(parameters.tensors),
          ...feeds(chosen.map((i) => queries[i])),
          block: items.range(start, end),
        })
        const rows = found.scores.data as Float32Array
        for (const [n, i] of chosen.entries()) scores.set(rows.subarray(n * width, (n + 1) * width), i * width)
      }
    }
    return scores
  }
}
