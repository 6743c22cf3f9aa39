/** A folder of src/ with a subject of its own. */
export interface Room {
  /** From src/, or a file directly in it. */
  readonly path: string
  readonly holds: string
  /** The rooms that it may import. All stand before it in the list, so that no arrow can run back up. */
  readonly imports: readonly string[]
  /** The only files outside that may import it, though their rooms may. */
  readonly onlyFor?: readonly string[]
}

/** Rooms in which language models are asked: nothing that trains, acts or serves may get there. */
const ASKING = ['llm/client', 'llm/agents', 'llm/demonstrator']
const ASKERS = ['cli/commands/demonstrate.ts', 'cli/commands/demonstrator.ts', 'cli/commands/vectors.ts', 'llm/']

const ENGINE = ['core', 'math', 'tensor', 'nn']
const FAMILY = [...ENGINE, 'data', 'rl']
const FAMILIES = [
  'ranking',
  'factors',
  'graphs',
  'bridges',
  'sequence',
  'two-sided',
  'acting',
  'rewards',
  'actor-critic',
  'temporal-difference',
].map((name) => `families/${name}`)

/** From the ground up. A file belongs to the room with the longest path that it lies in. */
export const ROOMS: readonly Room[] = [
  {
    path: 'core',
    holds: 'the nouns: dataset, query, model, policy, metric, config, errors; types and pure functions of them',
    imports: [],
  },
  {
    path: 'math',
    holds:
      'numbers, which know nothing of recommendation: random streams, kernels, nearest rows, subspaces, the bootstrap',
    imports: ['core'],
  },
  { path: 'files', holds: 'files that are written whole or not at all, and safetensors', imports: ['core'] },
  {
    path: 'tensor',
    holds: 'the engine: graphs, derivatives, executors; knows nothing of recommendation',
    imports: ['core'],
  },
  {
    path: 'nn',
    holds: 'layers, losses, embedding tables, optimizers, the training step and the epochs',
    imports: ['core', 'math', 'tensor'],
  },
  {
    path: 'data/build',
    holds: 'a dataset from columns in memory: ids, order, features, filters, the demo world',
    imports: ['core', 'math'],
  },
  { path: 'data/tables', holds: 'rows and columns through DuckDB', imports: ['core', 'files', 'data/build'] },
  { path: 'data/readers', holds: 'one file a format', imports: ['core', 'math', 'files', 'data/build', 'data/tables'] },
  {
    path: 'data/store',
    holds: 'the dataset folder, written and opened',
    imports: ['core', 'files', 'data/build', 'data/tables', 'data/readers'],
  },
  {
    path: 'data/import',
    holds: 'from files to a dataset folder, with every bad row told',
    imports: ['core', 'files', 'data/build', 'data/tables', 'data/readers', 'data/store'],
  },
  { path: 'data/split', holds: 'which rows train, validate, test; what is asked of them', imports: ['core', 'math'] },
  {
    path: 'data/batches',
    holds: 'sequences, batches, negatives, candidates',
    imports: ['core', 'math', 'files', 'data/build', 'data/split'],
  },
  {
    path: 'data/cards',
    holds: 'published sets: where they are from, what a whole copy holds',
    imports: ['data/readers'],
  },
  { path: 'data/describe', holds: 'what a dataset holds, in figures', imports: ['core'] },
  {
    path: 'data',
    holds: 'what others may import of all of data',
    imports: [
      'data/build',
      'data/readers',
      'data/store',
      'data/import',
      'data/split',
      'data/batches',
      'data/describe',
      'data/cards',
    ],
  },
  { path: 'metrics', holds: 'one small file each', imports: ['core'] },
  { path: 'rl/rules', holds: 'the equations of reinforcement learning as pure functions', imports: ENGINE },
  {
    path: 'rl/simulator',
    holds: 'simulated users: who meets whom, what is paid, when they leave',
    imports: ['core', 'math'],
  },
  { path: 'rl/shaping', holds: 'what a turn pays while a policy learns', imports: ['core', 'math', 'rl/simulator'] },
  {
    path: 'rl/demonstrations',
    holds: 'episodes that somebody else played, as files and as ids of a dataset',
    imports: ['core', 'math', 'files', 'data/tables'],
  },
  {
    path: 'rl',
    holds: 'what others may import of all of rl',
    imports: ['rl/rules', 'rl/simulator', 'rl/shaping', 'rl/demonstrations'],
  },
  {
    path: 'families/ranking',
    holds: 'ranking objectives, their options, single-domain twins',
    imports: [...ENGINE, 'data', 'metrics'],
  },
  {
    path: 'families/factors',
    holds: 'vectors of users and items: tables, pairs, products',
    imports: [...ENGINE, 'data', 'families/ranking'],
  },
  {
    path: 'families/graphs',
    holds: 'users and items as a graph of who met what, and vectors that go along its edges',
    imports: [...ENGINE, 'data', 'families/ranking', 'families/factors'],
  },
  {
    path: 'families/bridges',
    holds: 'vectors of users in each domain by itself, and how they are brought from one to another',
    imports: [...ENGINE, 'data', 'families/factors'],
  },
  { path: 'families/sequence', holds: 'models of histories', imports: [...ENGINE, 'data', 'families/ranking'] },
  {
    path: 'families/two-sided',
    holds: 'models that predict labels of a target domain from a source',
    imports: [...ENGINE, 'data', 'metrics', 'families/ranking'],
  },
  { path: 'families/acting', holds: 'state trackers and networks of policies', imports: FAMILY },
  {
    path: 'families/rewards',
    holds: 'models that predict rewards, and world models of them',
    imports: [...FAMILY, 'families/acting'],
  },
  {
    path: 'families/actor-critic',
    holds: 'policies that learn in a world model, by A2C',
    imports: [...FAMILY, 'families/acting'],
  },
  {
    path: 'families/temporal-difference',
    holds: 'policies that learn from the log alone, by Q',
    imports: [...FAMILY, 'families/acting'],
  },
  { path: 'models', holds: 'one file a paper, or a folder where it takes more', imports: [...FAMILY, ...FAMILIES] },
  {
    path: 'policies',
    holds: 'one file a paper, or a folder where it takes more; the controls',
    imports: [...FAMILY, ...FAMILIES],
  },
  {
    path: 'registry.ts',
    holds: 'the only file that names every implementation',
    imports: ['core', 'data', 'metrics', 'models', 'policies'],
  },
  {
    path: 'statistics',
    holds: 'distributions, tests and intervals; knows nothing of recommendation',
    imports: ['core', 'math'],
  },
  {
    path: 'ope',
    holds: 'what another policy would have earned, from a log: one estimator a file, pure functions of columns',
    imports: ['core', 'math', 'files', 'data/tables', 'statistics'],
  },
  {
    path: 'evaluation',
    holds: 'asking a model: lists, ranks, episodes, metrics, comparisons of them',
    imports: ['core', 'math', 'data', 'metrics', 'rl', 'statistics'],
  },
  {
    path: 'simulation',
    holds: 'a trained policy among simulated users, and along episodes that another one played',
    imports: ['core', 'math', 'files', 'data/tables', 'rl', 'registry.ts', 'ope'],
  },
  {
    path: 'runs',
    holds: 'the run directory: begun, resumed, opened',
    imports: ['core', 'math', 'files', 'tensor', 'data', 'metrics', 'rl', 'registry.ts', 'evaluation', 'simulation'],
  },
  {
    path: 'contract',
    holds: 'what every model and policy owes, as a suite of tests; also for those of others',
    imports: ['core', 'math', 'files', 'data', 'rl', 'registry.ts', 'evaluation', 'runs'],
  },
  {
    path: 'trackers',
    holds: 'programs that keep trainings, told of one: TensorBoard, MLflow',
    imports: ['core', 'files'],
  },
  {
    path: 'trust',
    holds: 'what a model trusts of what it learned elsewhere',
    imports: ['core', 'math', 'data', 'registry.ts', 'runs'],
  },
  {
    path: 'jobs',
    holds: 'commands of this program as plain values, and who does them; knows nothing of what they do',
    imports: ['core', 'files'],
  },
  {
    path: 'rounds',
    holds: 'one training as rounds of local training and averaging, a job a shard',
    imports: ['core', 'files', 'runs', 'jobs'],
  },
  {
    path: 'experiments',
    holds: 'several trainings with one question: compare, transfer',
    imports: [
      'core',
      'math',
      'files',
      'data',
      'registry.ts',
      'evaluation',
      'simulation',
      'runs',
      'trust',
      'statistics',
      'jobs',
    ],
  },
  {
    path: 'serving',
    holds: 'which run answers which domain; events, histories, items and decisions in a store',
    imports: [
      'core',
      'math',
      'files',
      'tensor',
      'data/tables',
      'data',
      'statistics',
      'ope',
      'evaluation',
      'runs',
      'experiments',
    ],
  },
  {
    path: 'workbench',
    holds: 'runs below folders, for whoever looks at them: found, watched, compared, begun',
    imports: [
      'core',
      'math',
      'files',
      'data',
      'metrics',
      'registry.ts',
      'evaluation',
      'runs',
      'trust',
      'jobs',
      'experiments',
      'serving',
    ],
  },
  {
    path: 'pages/charts',
    holds: 'figures as options of Plot, from plain rows: no Node, no document, none of our maps',
    imports: [],
  },
  {
    path: 'pages',
    holds: 'reports as HTML and as text',
    imports: [
      'pages/charts',
      'core',
      'math',
      'files',
      'statistics',
      'ope',
      'evaluation',
      'simulation',
      'runs',
      'trust',
      'experiments',
      'serving',
    ],
  },
  { path: 'client', holds: 'a server asked over HTTP: types of its answers, and fetch', imports: [] },
  {
    path: 'server',
    holds: 'HTTP',
    imports: ['core', 'data', 'ope', 'evaluation', 'runs', 'serving', 'workbench', 'pages'],
  },
  {
    path: 'llm/client',
    holds: 'language models asked over HTTP: retries, a budget, answers that are kept',
    imports: ['core', 'math', 'files'],
    onlyFor: ASKERS,
  },
  {
    path: 'llm/agents',
    holds: 'ways of asking a language model what to recommend, and episodes of it',
    imports: ['core', 'math', 'files', 'rl', 'llm/client'],
    onlyFor: ASKERS,
  },
  {
    path: 'llm/demonstrator',
    holds: 'programs that answer as a language model would, for tests and demonstrations',
    imports: ['core', 'math', 'files', 'rl', 'llm/agents'],
    onlyFor: ASKERS,
  },
  {
    path: 'cli/terminal',
    holds: 'words, colors, tables, progress',
    imports: ['core', 'files', 'data', 'rl', 'registry.ts', 'evaluation', 'simulation', 'runs', 'jobs', 'experiments'],
  },
  {
    path: 'cli/commands',
    holds: 'one file a command',
    imports: [
      'core',
      'math',
      'files',
      'data',
      'rl',
      'registry.ts',
      'evaluation',
      'simulation',
      'runs',
      'trackers',
      'trust',
      'jobs',
      'rounds',
      'experiments',
      'statistics',
      'ope',
      'serving',
      'workbench',
      'pages',
      'server',
      ...ASKING,
      'cli/terminal',
    ],
  },
  { path: 'cli', holds: 'the command line', imports: ['core', 'jobs', 'runs', 'cli/terminal', 'cli/commands'] },
  {
    path: 'index.ts',
    holds: 'the public API',
    imports: [
      'core',
      'math',
      'files',
      'data',
      'rl',
      'registry.ts',
      'evaluation',
      'simulation',
      'runs',
      'trust',
      'experiments',
      'statistics',
      'ope',
      'serving',
      'pages',
    ],
  },
]
