// The episodes that GPT-3.5 played in BiLLP, as they were recorded.
import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { DemonstrationStep } from '../../src/rl/index.ts'
import { dataFile } from '../../test/folders/data-folder.ts'

export type Shop = 'steam' | 'amazon'

export interface Recording {
  readonly env: Shop
  readonly split: 'train' | 'test'
  readonly model: string
  /** When it was played: the same configuration of BiLLP's agents for all of its users. */
  readonly run: string
  readonly userid: number
  /** Titles that the user had before, oldest first. */
  readonly history: readonly string[]
  readonly steps: readonly {
    readonly t: number
    readonly requested: string
    readonly item: string
    /** Null at the step at which the user left. */
    readonly reward: number | null
    readonly user_left?: boolean
  }[]
}

/** Below the folder of real logs. */
export const RECORDINGS = 'llm-billp-trajectories'

const lines = (name: string) =>
  gunzipSync(readFileSync(dataFile(`${RECORDINGS}/${name}`)))
    .toString()
    .trim()
    .split('\n')

/** @throws TributaryError where the file is missing */
export const readRecordings = () => lines('episodes.jsonl.gz').map((line) => JSON.parse(line) as Recording)

/** Titles of a shop's catalogue with their genres. */
export function catalogueOf(env: Shop): Map<string, readonly string[]> {
  const rows = lines(`items_${env}.tsv.gz`).slice(1)
  return new Map(
    rows.map((row) => {
      const [, title, genres = ''] = row.split('\t')
      return [title, genres.split('|').filter(Boolean)]
    }),
  )
}

/** As demonstrations, an episode each. */
export function demonstrated(recordings: readonly Recording[]): DemonstrationStep[] {
  return recordings.flatMap(({ userid, model, steps }, episode) =>
    steps.map(({ t, requested, item, reward, user_left = false }) => ({
      ...{ episode, step: t, user: String(userid), item, requested, title: item },
      ...{ reward: reward ?? Number.NaN, terminal: user_left, source: 'recorded' as const, model },
    })),
  )
}
