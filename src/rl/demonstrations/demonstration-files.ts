import { createHash } from 'node:crypto'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { quoted, TributaryError } from '../../core/index.ts'
import {
  append,
  columnTypes,
  damaged,
  fileArguments,
  guarded,
  literal,
  missingColumn,
  reading,
  rowsOf,
  unguarded,
  withDatabase,
} from '../../data/tables/duckdb.ts'
import { type FolderKind, systemCode, writeFolderAtomic } from '../../files/index.ts'
import { type DemonstrationSource, type DemonstrationStep, SOURCES } from './demonstrations.ts'

const FORMAT = 1
const ROWS = 'demonstrations.parquet'
const MANIFEST = 'manifest.json'

/** A folder of demonstrations; others may write one, with the same files. */
const manifestSchema = z.looseObject({
  format: z.literal(FORMAT),
  kind: z.literal('demonstrations'),
  steps: z.int().min(1),
  /** Where they come from and what was done to them. */
  origin: z.record(z.string(), z.unknown()).optional(),
})

export interface OpenedDemonstrations {
  /** SHA-256 of the rows as they are on file, which tells whether they are still the same. */
  readonly hash: string
  readonly steps: readonly DemonstrationStep[]
  readonly origin: Readonly<Record<string, unknown>>
}

/** What may be replaced by other demonstrations. */
export const DEMONSTRATIONS_FOLDER: FolderKind = {
  name: 'folder of demonstrations',
  holds: /^(manifest\.json|demonstrations\.parquet)$/,
  is: (folder) => isDemonstrations(folder),
}

/** Whether a folder says of itself that it holds demonstrations. */
export async function isDemonstrations(folder: string): Promise<boolean> {
  const text = await readFile(join(folder, MANIFEST), 'utf8').catch(() => '{}')
  try {
    return manifestSchema.safeParse(JSON.parse(text)).success
  } catch {
    return false
  }
}

const TEXTS = ['user', 'item', 'requested', 'title', 'source', 'model'] as const

/**
 * Writes demonstrations as a folder, whole or not at all: `demonstrations.parquet`, a row a step, and `manifest.json`.
 * @param options `origin` is kept in the manifest as it is: where they come from and what was done to them
 * @throws TributaryError `file-empty` without a step, `bad-row` for steps out of order or a reward that is infinite, `file-exists`,
 *   `disk-full`
 */
export async function writeDemonstrations(
  folder: string,
  steps: readonly DemonstrationStep[],
  options: { readonly overwrite?: boolean | undefined; readonly origin?: Readonly<Record<string, unknown>> } = {},
): Promise<void> {
  refuseDisorder(folder, steps)
  const fill = async (temporary: string) => {
    const scratch = join(temporary, 'writing.duckdb')
    await withDatabase(scratch, async (connection) => {
      await connection.run(`CREATE TABLE steps (place INTEGER, episode INTEGER, step INTEGER,
        ${TEXTS.map((name) => `"${name}" VARCHAR`).join(', ')}, reward FLOAT, terminal UTINYINT)`)
      await append(
        connection,
        'steps',
        ['INTEGER', 'INTEGER', 'INTEGER', ...TEXTS.map(() => 'VARCHAR' as const), 'FLOAT', 'UTINYINT'],
        steps.length,
        [
          (row) => row,
          (row) => steps[row].episode,
          (row) => steps[row].step,
          ...TEXTS.map((name) => (row: number) => steps[row][name] ?? null),
          (row) => (Number.isNaN(steps[row].reward) ? null : steps[row].reward),
          (row) => Number(steps[row].terminal),
        ],
      )
      await connection.run(`
        COPY (SELECT * EXCLUDE (place) REPLACE (terminal = 1 AS terminal) FROM steps ORDER BY place)
        TO ${literal(join(temporary, ROWS))} (FORMAT parquet, COMPRESSION zstd)`)
    })
    for (const suffix of ['', '.wal', '.tmp']) await rm(scratch + suffix, { force: true, recursive: true })
    const manifest = {
      format: FORMAT,
      kind: 'demonstrations',
      steps: steps.length,
      episodes: new Set(steps.map(({ episode }) => episode)).size,
      users: new Set(steps.map(({ user }) => user)).size,
      sources: [...new Set(steps.map(({ source }) => source))],
      models: [...new Set(steps.map(({ model }) => model))],
      ...(options.origin && { origin: options.origin }),
    }
    await writeFile(join(temporary, MANIFEST), `${JSON.stringify(manifest, undefined, 2)}\n`)
  }
  await writeFolderAtomic(folder, fill, { replaces: options.overwrite ? DEMONSTRATIONS_FOLDER : undefined })
}

function refuseDisorder(folder: string, steps: readonly DemonstrationStep[]): void {
  if (steps.length === 0) throw new TributaryError('file-empty', `no demonstration to write to ${folder}`)
  for (const [row, { episode, step, reward }] of steps.entries()) {
    const before = steps[row - 1]
    const follows =
      before === undefined || episode > before.episode || (episode === before.episode && step > before.step)
    if (!follows || step < 1 || episode < 0)
      throw new TributaryError(
        'bad-row',
        `demonstration ${row + 1} for ${folder} is step ${step} of episode ${episode}, which cannot come ${before === undefined ? 'first' : `after step ${before.step} of episode ${before.episode}`}; episodes ascend from 0, and steps within them from 1`,
      )
    if (Math.abs(reward) === Number.POSITIVE_INFINITY)
      throw new TributaryError('bad-row', `demonstration ${row + 1} for ${folder} pays ${reward}; NaN is for unknown`)
  }
}

/**
 * Opens a folder of demonstrations. Names are those of the demonstrator's dataset: `bindDemonstrations` makes ids of them.
 * @throws TributaryError `file-missing`, `file-damaged`, `bad-column`, `bad-row`
 */
export async function openDemonstrations(folder: string): Promise<OpenedDemonstrations> {
  const manifest = await readManifest(folder)
  const steps = await reading(join(folder, ROWS), (file) =>
    withDatabase(':memory:', async (connection) => {
      const relation = `read_parquet(${fileArguments(file)})`
      const columns = await columnTypes(connection, relation, file)
      for (const name of ['user', 'item', 'episode', 'step', 'reward', 'terminal', 'source', 'model'])
        if (!columns.has(name)) throw missingColumn(file, name, columns)
      const texts = TEXTS.filter((name) => columns.has(name))
      const rows = await rowsOf<Record<string, unknown>>(
        connection,
        `SELECT CAST(episode AS INTEGER) AS episode, CAST(step AS INTEGER) AS step, CAST(reward AS FLOAT) AS reward,
          CAST(terminal AS BOOLEAN) AS terminal, ${texts.map((name) => `${guarded(`CAST("${name}" AS VARCHAR)`)} AS "${name}"`)}
        FROM ${relation}`,
      )
      return rows.map((row, place) => stepOf(row, `${file}, row ${place + 1}`))
    }),
  )
  if (steps.length !== manifest.steps)
    throw damaged(join(folder, ROWS), `${steps.length} rows where ${MANIFEST} says ${manifest.steps}`)
  refuseDisorder(folder, steps)
  const hash = createHash('sha256')
    .update(await readFile(join(folder, ROWS)))
    .digest('hex')
  return { hash, steps, origin: manifest.origin ?? {} }
}

function stepOf(row: Record<string, unknown>, place: string): DemonstrationStep {
  const text = (name: (typeof TEXTS)[number]) => unguarded(row[name] ?? null) ?? undefined
  const named = (name: 'user' | 'item' | 'model') => {
    const found = text(name)
    if (found !== undefined) return found
    throw new TributaryError('bad-row', `${place} has no ${name}`)
  }
  const source = text('source') ?? ''
  if (!SOURCES.some((known) => known === source))
    throw new TributaryError('bad-row', `${place} has the source ${quoted(source)}; known: ${SOURCES.join(', ')}`)
  const [requested, title] = [text('requested'), text('title')]
  return {
    episode: row.episode as number,
    step: row.step as number,
    user: named('user'),
    item: named('item'),
    ...(requested !== undefined && { requested }),
    ...(title !== undefined && { title }),
    reward: (row.reward as number | null) ?? Number.NaN,
    terminal: row.terminal === true,
    source: source as DemonstrationSource,
    model: named('model'),
  }
}

async function readManifest(folder: string): Promise<z.output<typeof manifestSchema>> {
  const path = join(folder, MANIFEST)
  let json: unknown
  try {
    json = JSON.parse(await readFile(path, 'utf8'))
  } catch (error) {
    if (error instanceof SyntaxError) throw damaged(path, error.message, error)
    const reason = systemCode(error) === 'ENOENT' ? 'there is no such file' : (error as Error).message
    throw new TributaryError(
      'file-missing',
      `cannot read ${path}: ${reason}; demonstrations are a folder made by \`tributary demonstrate\` or \`tributary import billp\``,
    )
  }
  const parsed = manifestSchema.safeParse(json)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw damaged(path, `${issue.path.join('.') || 'the whole'}: ${issue.message}`, parsed.error)
}
