import type { Dataset, LearnedIds, NamedTensors, Tensor, Vectors } from '../../core/index.ts'
import { createRng } from '../../math/index.ts'
import {
  createParameters,
  createTable,
  type EmbeddingTable,
  linear,
  normal,
  type Parameters,
  uniform,
  xavierUniform,
  zeros,
} from '../../nn/index.ts'
import * as t from '../../tensor/index.ts'
import {
  type CompileOptions,
  createPrograms,
  input,
  type Program,
  type Programs,
  type Sym,
} from '../../tensor/index.ts'
import { type Field, type Fields, fieldFeeds, itemFields, userFields } from './fields.ts'
import type { RewardNetworkConfig } from './options.ts'

/** log σ² stays between these. */
const LEAST_LOG_VARIANCE = -10
const MOST_LOG_VARIANCE = 0.5
/** Pairs that are predicted at a time. */
const CHUNK = 4096

/** Rows of a table that a graph reads for a batch: their gradients go back to the table. */
export interface Lookup {
  readonly table: string
  /** The feed with the rows' numbers, [N, most]. */
  readonly ids: string
  /** [N, most, width] */
  readonly rows: Sym
}

/** The weights of one network of an ensemble; all have the same graph. */
export interface Member {
  readonly tables: ReadonlyMap<string, EmbeddingTable>
  readonly parameters: Parameters
  /** Tables and dense weights as the graph calls them. */
  readonly tensors: Readonly<Record<string, Tensor<Float32Array>>>
}

/** Rewards of N pairs: mean and log variance of a normal distribution, [N] each. */
export interface RewardGraph {
  readonly mean: Sym
  readonly logVariance: Sym
  readonly lookups: readonly Lookup[]
  /** Σ of the squared weights of layers and heads, biases apart; with `l2Of=all` of all that is not in tables. */
  readonly squares: Sym
}

/** An ensemble of networks that predict what a user would give an item, and how sure they are. */
export interface RewardNetwork {
  readonly members: readonly Member[]
  readonly graph: RewardGraph
  /** By member: `member0/…`. */
  weights(): NamedTensors
  /** What the graph reads of pairs. Users and items are ids of the dataset; −1 is a stranger. */
  feeds(users: Int32Array, items: Int32Array): Record<string, Tensor>
  /** Mean of the members' means and the largest of their variances for each pair, [N]; a pair's do not depend on the others. */
  predict(users: Int32Array, items: Int32Array): Promise<{ mean: Float32Array; variance: Float32Array }>
  /** What one member says. */
  predictBy(m: number, users: Int32Array, items: Int32Array): ReturnType<RewardNetwork['predict']>
  /** What the first member knows of users: the vectors of id and labels, then the numbers, one behind the other. */
  userVectors(users: Int32Array): Vectors
  /** The same of items. */
  itemVectors(items: Int32Array): Vectors
  /** Grows when weights change, so that whoever keeps predictions knows. */
  revision(): number
  /** Must be called when weights were changed from outside. */
  changed(): void
  readonly programs: Programs
  dispose(): Promise<void>
}

/**
 * DeepFM (Guo et al., 2017) with a second head for the variance, as the world models of DORL and ROLeR have it. Weights of a member:
 * tables `vectors/<field>` [·, d] and `linear/<field>` [·, 1], a field being `user`, `item`, `user/<feature>` or `item/<feature>`;
 * `layer{i}/{weight,bias}`, `mean/{weight,bias}`, `variance/{weight,bias}`, and `linear/numbers` where there are number features.
 */
export function createRewardNetwork(
  dataset: Dataset,
  config: RewardNetworkConfig,
  { seed, learned, ...compileOptions }: { readonly seed: number; readonly learned?: LearnedIds } & CompileOptions,
): RewardNetwork {
  const { labelFields, userFeatures } = config
  const sides = [
    userFields(dataset, { labelFields, learned: learned?.users, features: userFeatures }),
    itemFields(dataset, { labelFields, learned: learned?.items }),
  ] as const
  const fields = sides.flatMap(({ sparse }) => sparse)
  const rng = createRng(seed).split('reward network')
  const drafts = Array.from({ length: config.ensemble }, (_, m) => {
    const own = rng.split('member', m)
    const table = (name: string, rows: number, width: number) =>
      createTable(name, rows, width, normal(config.deviation), own)
    const sizes = new Map(fields.map(({ table, rows }) => [table, rows]))
    const tables = [...sizes].flatMap(([name, rows]) => [
      table(`vectors/${name}`, rows, config.width),
      table(`linear/${name}`, rows, 1),
    ])
    return { tables: new Map(tables.map((one) => [one.name, one])), parameters: createParameters(own) }
  })
  // Declaring is what makes weights, so the graph is built over each member; the first one's runs with the weights of any.
  const graphs = drafts.map((draft) => rewardGraph(config, sides, draft))
  const members = drafts.map((draft): Member => {
    const tensors = [
      ...[...draft.tables].map(([name, { tensor }]) => [name, tensor] as const),
      ...draft.parameters.tensors,
    ]
    return { ...draft, tensors: Object.fromEntries(tensors) }
  })
  const graph = graphs[0]
  const programs = createPrograms(compileOptions)
  const predicting = { mean: graph.mean, variance: t.exp(graph.logVariance) }
  const feeds = (users: Int32Array, items: Int32Array) => ({
    ...fieldFeeds(
      'user',
      sides[0],
      users.map((user) => user + 1),
    ),
    ...fieldFeeds('item', sides[1], items),
  })
  let revision = 0
  return {
    members,
    graph,
    feeds,
    programs,
    revision: () => revision,
    changed() {
      revision++
    },
    weights: () =>
      new Map(
        members.flatMap(({ tensors }, m) =>
          Object.entries(tensors).map(([name, tensor]) => [`member${m}/${name}`, tensor] as const),
        ),
      ),
    async predict(users, items) {
      return predict(await programs.compile(predicting, 'predicting'), members, feeds, users, items)
    },
    async predictBy(m, users, items) {
      return predict(await programs.compile(predicting, 'predicting'), [members[m]], feeds, users, items)
    },
    userVectors: (users) =>
      vectorsOf(
        sides[0],
        members[0],
        config.width,
        users.map((user) => user + 1),
      ),
    itemVectors: (items) => vectorsOf(sides[1], members[0], config.width, items),
    dispose: () => programs.dispose(),
  }
}

function rewardGraph(
  { hidden, output, start, deviation, l2Of }: RewardNetworkConfig,
  sides: readonly [Fields, Fields],
  { tables, parameters }: Pick<Member, 'tables' | 'parameters'>,
): RewardGraph {
  const lookups: Lookup[] = []
  const embed = ({ name, most }: Field, table: EmbeddingTable): Sym => {
    const rows = t.gather(table.symbol, input(`ids/${name}`, ['N', most], 'int32')) // [N, most, w]
    lookups.push({ table: table.name, ids: `ids/${name}`, rows })
    const shares = t.reshape(input(`shares/${name}`, ['N', most]), ['N', most, 1])
    return t.sum(t.multiply(rows, shares), 1) // [N, w]
  }
  const fields = sides.flatMap(({ sparse }) => sparse)
  const vectors = fields.map((field) => embed(field, tables.get(`vectors/${field.table}`)!)) // v_f, [N, d] each
  const weights = fields.map((field) => t.sum(embed(field, tables.get(`linear/${field.table}`)!), 1)) // w_f, [N] each
  const numbers = (['user', 'item'] as const).flatMap((kind, side) => {
    const { numberCount } = sides[side]
    return numberCount === 0 ? [] : [input(`numbers/${kind}`, ['N', numberCount])]
  })
  const linearPart = weights.reduce((a, b) => t.add(a, b)) // [N]
  const total = vectors.reduce((a, b) => t.add(a, b)) // [N, d]
  const ownSquares = vectors.map((v) => t.square(v)).reduce((a, b) => t.add(a, b))
  const pairs = t.multiply(0.5, t.sum(t.subtract(t.square(total), ownSquares), 1)) // Σ_{f<g} v_f · v_g, [N]

  let h = t.concat([...vectors, ...numbers], 1) // [N, fields · d + numbers]
  const squared: Sym[] = []
  for (const [i, units] of hidden.entries()) {
    const inputs = h.shape[1] as number
    const begin = start === 'normal' ? normal(deviation) : xavierUniform(inputs, units)
    h = t.relu(linear(parameters, `layer${i}`, h, [inputs, units], begin))
    squared.push(parameters.symbols.get(`layer${i}/weight`)!)
  }
  const last = h.shape[1] as number
  const head = (name: string): Sym => {
    const begin = start === 'normal' ? uniform(1 / Math.sqrt(last)) : xavierUniform(last, 1)
    const weight = parameters.declare(`${name}/weight`, [last], begin)
    squared.push(weight)
    return t.add(t.sum(t.multiply(h, weight), 1), parameters.declare(`${name}/bias`, [1], zeros)) // [N]
  }
  let mean = t.add(t.add(linearPart, pairs), head('mean'))
  if (numbers.length > 0) {
    const x = t.concat(numbers, 1)
    const weight = parameters.declare('linear/numbers', [x.shape[1] as number], zeros)
    mean = t.add(mean, t.sum(t.multiply(x, weight), 1))
  }
  const logVariance = squeezed(head('variance'))
  return {
    mean: output === 'sigmoid' ? t.sigmoid(mean) : mean,
    logVariance,
    lookups,
    squares: (l2Of === 'all' ? [...parameters.symbols.values()] : squared)
      .map((weight) => t.sum(t.square(weight)))
      .reduce((a, b) => t.add(a, b)),
  }
}

/** Between the least and the most log variance, and nearly x itself well inside (Chua et al., 2018, appendix A.1). */
function squeezed(x: Sym): Sym {
  const below = t.subtract(MOST_LOG_VARIANCE, t.softplus(t.subtract(MOST_LOG_VARIANCE, x)))
  return t.add(LEAST_LOG_VARIANCE, t.softplus(t.subtract(below, LEAST_LOG_VARIANCE)))
}

async function predict(
  program: Program,
  members: readonly Member[],
  feedsOf: RewardNetwork['feeds'],
  users: Int32Array,
  items: Int32Array,
): Promise<{ mean: Float32Array; variance: Float32Array }> {
  const mean = new Float32Array(users.length)
  const variance = new Float32Array(users.length)
  for (let start = 0; start < users.length; start += CHUNK) {
    const count = Math.min(CHUNK, users.length - start)
    const feeds = feedsOf(users.subarray(start, start + count), items.subarray(start, start + count))
    for (const { tensors } of members) {
      const out = await t.runWith(program, { ...feeds, ...tensors })
      for (let i = 0; i < count; i++) {
        mean[start + i] = mean[start + i] + out.mean.data[i] / members.length
        variance[start + i] = Math.max(variance[start + i], out.variance.data[i])
      }
    }
  }
  return { mean, variance }
}

function vectorsOf(
  { sparse, numbers, numberCount }: Fields,
  { tables }: Member,
  width: number,
  entities: Int32Array,
): Vectors {
  const total = sparse.length * width + numberCount
  const data = new Float32Array(entities.length * total)
  for (const [i, entity] of entities.entries()) {
    for (const [f, { table: name, most, ids, shares }] of sparse.entries()) {
      const table = tables.get(`vectors/${name}`)!.tensor.data
      for (let m = entity * most; m < (entity + 1) * most; m++)
        for (let j = 0; j < width; j++) {
          const at = i * total + f * width + j
          data[at] = data[at] + shares[m] * table[ids[m] * width + j]
        }
    }
    const own = numbers.subarray(entity * numberCount, (entity + 1) * numberCount)
    data.set(own, i * total + sparse.length * width)
  }
  return { width: total, data }
}
