import { readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { z } from 'zod'
import { listed, TributaryError } from '../../core/index.ts'
import { damaged } from '../../data/tables/duckdb.ts'
import { readError, readFileBytes } from '../../files/atomic.ts'
import { parseBillpTrajectory } from './billp-trajectory.ts'
import type { DemonstrationStep } from './demonstrations.ts'

export const BILLP_ENVIRONMENTS = ['steam', 'amazon'] as const
export const BILLP_SPLITS = ['train', 'test'] as const

export interface BillpOptions {
  /** Which shop; needed where there are recordings of both, whose users have the same numbers. */
  readonly env?: (typeof BILLP_ENVIRONMENTS)[number] | undefined
  readonly split?: (typeof BILLP_SPLITS)[number] | undefined
}

export interface BillpReport {
  readonly files: readonly string[]
  /** Actions without a reward. */
  readonly unpaid: number
  /** Episodes without a step. */
  readonly empty: number
}

interface Recording {
  readonly env: string
  readonly split: string
  readonly model: string
  readonly run: string
  readonly user: string
  readonly steps: readonly Omit<DemonstrationStep, 'episode' | 'user' | 'source' | 'model'>[]
  readonly unpaid: number
}

/** `steam_test_0_100_gpt-3.5-turbo-16k_0.5_2024-01-20-21-40-46.json`: shop, split, users from and to, model, temperature, run. */
const TRAJECTORIES = /^(?<env>[a-z]+)_(?<split>[a-z]+)_\d+_\d+_(?<model>.+)_[\d.]+_(?<run>[\d-]+)\.json$/
const EPISODES = /^episodes\.jsonl(\.gz)?$/

/**
 * Episodes that language models played in BiLLP (SIGIR 2024): its trajectory files, `env_split_…_model_….json`, or `episodes.jsonl(.gz)`,
 * the same with their steps taken apart. Users are named by their numbers, items by their titles.
 * @throws TributaryError `file-missing` where there is no such file, `file-damaged` for others, `bad-argument` where `env` must be named
 *   or nothing is of it
 */
export async function readBillp(
  path: string,
  { env, split }: BillpOptions = {},
): Promise<{ readonly steps: readonly DemonstrationStep[]; readonly report: BillpReport }> {
  const files = await filesOf(path)
  const recordings: Recording[] = []
  for (const file of files) recordings.push(...(await recordingsOf(file)))
  const wanted = recordings.filter(
    (one) => (env === undefined || one.env === env) && (split === undefined || one.split === split),
  )
  const shops = [...new Set(wanted.map((one) => one.env))]
  if (shops.length > 1)
    throw new TributaryError(
      'bad-argument',
      `${path} holds recordings of ${shops.join(' and ')}, whose users have the same numbers; name one with --env`,
    )
  const played = wanted.filter(({ steps }) => steps.length > 0)
  if (played.length === 0) {
    const there = [...new Set(recordings.map((one) => `${one.env} ${one.split}`))].sort()
    throw new TributaryError(
      'bad-argument',
      `${path} holds no recording of ${[env, split].filter(Boolean).join(' ') || 'a recommendation'}; there are: ${listed(there) || 'none'}`,
    )
  }
  return {
    steps: played.flatMap(({ user, model, steps }, episode) =>
      steps.map((step) => ({ ...step, episode, user, source: 'recorded' as const, model })),
    ),
    report: {
      files: files.map((file) => basename(file)),
      unpaid: wanted.reduce((sum, { unpaid }) => sum + unpaid, 0),
      empty: wanted.length - played.length,
    },
  }
}

async function filesOf(path: string): Promise<string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path]
    const names = (await readdir(path)).sort()
    const parsed = names.filter((name) => EPISODES.test(name))
    // Where both are there, they are the same episodes.
    const chosen = parsed.length > 0 ? parsed.slice(0, 1) : names.filter((name) => TRAJECTORIES.test(name))
    if (chosen.length > 0) return chosen.map((name) => join(path, name))
  } catch (error) {
    throw readError(path, error)
  }
  throw new TributaryError(
    'file-missing',
    `${path} has neither episodes.jsonl.gz nor trajectory files like steam_test_0_100_gpt-3.5-turbo-16k_0.5_2024-01-20-21-40-46.json`,
  )
}

async function recordingsOf(file: string): Promise<Recording[]> {
  const bytes = await readFileBytes(file)
  let text: string
  try {
    text = Buffer.from(bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString()
  } catch (error) {
    throw damaged(file, (error as Error).message, error)
  }
  const name = TRAJECTORIES.exec(basename(file))?.groups
  if (name !== undefined) return trajectories(file, text, name)
  return text.split('\n').flatMap((line, i) => {
    if (line.trim() === '') return []
    return [parsedEpisode(read(`${file}, line ${i + 1}`, line, episodeSchema))]
  })
}

const trajectorySchema = z.looseObject({
  userid: z.union([z.int(), z.string().min(1)]),
  traj: z.string().optional(),
  traj_by_line: z.array(z.string()).optional(),
})

function trajectories(file: string, text: string, name: Readonly<Record<string, string>>): Recording[] {
  const { env, split, model, run } = name
  const records = read(file, text, z.record(z.string(), trajectorySchema))
  return Object.values(records).map(({ userid, traj = '', traj_by_line = traj.split('\n') }) => {
    const { steps, unpaid } = parseBillpTrajectory(traj_by_line)
    return { env, split, model, run, user: String(userid), steps: steps.map(named), unpaid }
  })
}

const episodeSchema = z.looseObject({
  env: z.string(),
  split: z.string(),
  model: z.string(),
  run: z.string(),
  userid: z.union([z.int(), z.string().min(1)]),
  steps: z.array(
    z.looseObject({
      t: z.int().min(1),
      requested: z.string(),
      item: z.string().min(1),
      reward: z.number().nullable(),
      user_left: z.boolean().default(false),
    }),
  ),
})

function parsedEpisode({ env, split, model, run, userid, steps }: z.output<typeof episodeSchema>): Recording {
  const paid = steps.map(({ t, requested, item, reward, user_left }) =>
    named({ step: t, requested, title: item, reward: reward ?? Number.NaN, terminal: user_left }),
  )
  return { env, split, model, run, user: String(userid), steps: paid, unpaid: 0 }
}

/** Items are called by their titles. */
const named = <T extends { readonly title: string }>(step: T) => ({ ...step, item: step.title })

function read<T>(place: string, text: string, schema: z.ZodType<T>): T {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw damaged(place, (error as Error).message, error)
  }
  const parsed = schema.safeParse(json)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]
  throw damaged(place, `${issue.path.join('.') || 'the whole'}: ${issue.message}`, parsed.error)
}
