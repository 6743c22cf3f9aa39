import { type Dataset, domainOfItem, Part, type SparseMatrix, type Split, TributaryError } from '../../core/index.ts'
import { incidence } from '../ranking/index.ts'

/** Users as nodes beside items: each user is one, or one in each domain that the user has training rows in. */
export type NodeKind = 'user' | 'user in a domain'

/** Which users met which items in training rows. Node 0 is nobody, as item 0 is nothing: no edge leads there. */
export interface UserItemGraph {
  /** N, nobody included. */
  readonly nodes: number
  /** [N, V], normalized as `symmetric` says. */
  readonly adjacency: SparseMatrix
  /** Items that each node met. [N] */
  readonly degree: Int32Array
  /** Nodes of user u are userStart[u] … userStart[u + 1] − 1. [U + 1] */
  readonly userStart: Int32Array
  /** The domain of each node, −1 where it stands for all. [N] */
  readonly domain: Int32Array
}

/** The node that a user is asked by in a domain; 0 where there is none. */
export function nodeOf({ userStart, domain }: UserItemGraph, user: number, asked: number): number {
  for (let node = userStart[user]; node < userStart[user + 1]; node++)
    if (domain[node] < 0 || domain[node] === asked) return node
  return 0
}

/** The graph of the training rows of a split, and of nothing else. */
export function userItemGraph(dataset: Dataset, split: Split, kind: NodeKind): UserItemGraph {
  const met = incidence(dataset, split)
  const { nodes, userStart, domain } = kind === 'user' ? nodesOfUsers(dataset) : nodesInDomains(dataset, met)
  const edges = byNode(met, userStart, kind === 'user' ? undefined : (item) => domainOfItem(dataset, item))
  const degree = edges.offsets.slice(1).map((end, node) => end - edges.offsets[node])
  return { nodes, adjacency: symmetric(edges), degree, userStart, domain }
}

function nodesOfUsers({ users }: Dataset) {
  const userStart = Int32Array.from({ length: users.size + 1 }, (_, user) => user + 1)
  return { nodes: users.size + 1, userStart, domain: new Int32Array(users.size + 1).fill(-1) }
}

function nodesInDomains(dataset: Dataset, { offsets, columns }: SparseMatrix) {
  const userStart = new Int32Array(dataset.users.size + 1).fill(1)
  const domain = [-1]
  for (let user = 0; user < dataset.users.size; user++) {
    const own = columns.subarray(offsets[user], offsets[user + 1])
    const domains = new Set(Array.from(own, (item) => domainOfItem(dataset, item)))
    domain.push(...[...domains].sort((a, b) => a - b))
    userStart[user + 1] = domain.length
  }
  return { nodes: domain.length, userStart, domain: Int32Array.from(domain) }
}

/** Rows of users as rows of their nodes; the items of a user ascend, so that those of a domain, and of its node, stand together. */
function byNode(met: SparseMatrix, userStart: Int32Array, domainOf?: (item: number) => number): SparseMatrix {
  const columns = met.columns.slice()
  const offsets = [0, 0]
  for (let user = 0; user + 1 < userStart.length; user++) {
    const [start, end] = [met.offsets[user], met.offsets[user + 1]]
    const own = columns.subarray(start, end).sort()
    for (let at = 1; domainOf !== undefined && at < own.length; at++)
      if (domainOf(own[at]) !== domainOf(own[at - 1])) offsets.push(start + at)
    if (userStart[user + 1] > userStart[user]) offsets.push(end)
  }
  return { shape: [offsets.length - 1, met.shape[1]], offsets: Int32Array.from(offsets), columns, values: met.values }
}

/** Entries of 1 / √(|N_u| · |N_v|), where neighbors are counted in `all`, of which the matrix is a part. */
export function symmetric(edges: SparseMatrix, all = edges): SparseMatrix {
  const { shape, offsets, columns } = edges
  const itemDegree = new Int32Array(shape[1])
  for (const item of all.columns) itemDegree[item]++
  const values = new Float32Array(columns.length)
  for (let node = 0; node < shape[0]; node++) {
    const nodeDegree = all.offsets[node + 1] - all.offsets[node]
    for (let e = offsets[node]; e < offsets[node + 1]; e++)
      values[e] = 1 / Math.sqrt(nodeDegree * itemDegree[columns[e]])
  }
  return { ...edges, values }
}

/** Levels that a log may have: each is a channel of its own. */
const MOST_LEVELS = 16

/**
 * A matrix [U + 1, V] for each value of training rows, ascending: who met what with that value, normalized by all neighbors.
 * @throws TributaryError `bad-config` where rows have no values, or more than sixteen
 */
export function levelAdjacencies(dataset: Dataset, split: Split): SparseMatrix[] {
  const { log } = dataset
  const levels = levelsOf(dataset, split)
  const { userStart } = nodesOfUsers(dataset)
  const all = byNode(incidence(dataset, split), userStart)
  return levels.map((level) =>
    symmetric(
      byNode(
        incidence(dataset, split, (row) => log.value?.[row] === level),
        userStart,
      ),
      all,
    ),
  )
}

/** The values of training rows, ascending. */
export function levelsOf({ name, log }: Dataset, { part }: Split): number[] {
  const { value } = log
  if (value === undefined)
    throw new TributaryError(
      'bad-config',
      `levels=values makes a graph for each value, but the rows of '${name}' have none; levels=one counts every row alike`,
    )
  const levels = new Set(value.filter((_, row) => part[row] === Part.train))
  if (levels.size > MOST_LEVELS)
    throw new TributaryError(
      'bad-config',
      `levels=values makes a graph for each value, but the rows of '${name}' have ${levels.size} values, of at most ${MOST_LEVELS}; ` +
        'levels=one counts every row alike',
    )
  return [...levels].sort((a, b) => a - b)
}
