import { gunzipSync } from 'node:zlib'
import { type Dataset, itemGenres, itemTitle, TributaryError } from '../../core/index.ts'
import { readFileBytes } from '../../files/index.ts'
import { trainingRows } from '../../rl/index.ts'

/** What a scripted demonstrator knows: what is public of each title. Nothing of users, rewards or when anybody leaves. */
export interface Knowledge {
  readonly titles: readonly KnownTitle[]
}

export interface KnownTitle {
  readonly title: string
  readonly genres: readonly string[]
  /** How many have met it. */
  readonly popularity: number
}

/** Titles, genres and popularity of a dataset's items, as a shop window shows them; of the rows that train. */
export function knowledgeOf(dataset: Dataset): Knowledge {
  const counts = new Int32Array(dataset.items.size)
  for (const row of trainingRows(dataset)) counts[dataset.log.item[row]]++
  return {
    titles: Array.from({ length: dataset.items.size - 1 }, (_, i) => ({
      title: itemTitle(dataset, i + 1),
      genres: itemGenres(dataset, i + 1),
      popularity: counts[i + 1],
    })),
  }
}

/**
 * A table with a header: `title` (or `name`), `genres` with `|` between, and at will `popularity`; tabs between the columns.
 * @throws TributaryError `file-missing`, `file-empty`, `bad-column`
 */
export async function readTitles(path: string): Promise<Knowledge> {
  const bytes = await readFileBytes(path)
  const text = Buffer.from(path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8')
  const [header = '', ...rows] = text.split('\n').map((line) => line.replace(/\r$/, ''))
  const columns = header.split('\t')
  const place = (...names: string[]) => columns.findIndex((column) => names.includes(column))
  const [title, genres, popularity] = [place('title', 'name'), place('genres'), place('popularity')]
  if (title === -1 || genres === -1)
    throw new TributaryError(
      'bad-column',
      `${path} needs the columns title and genres, with tabs between (its columns: ${columns.join(', ')})`,
    )
  const titles = rows
    .filter((row) => row !== '')
    .map((row) => row.split('\t'))
    .map((cells) => ({
      title: cells[title] ?? '',
      genres: (cells[genres] ?? '').split('|').filter((genre) => genre !== ''),
      popularity: Number(cells[popularity] ?? 0) || 0,
    }))
    .filter((known) => known.title !== '')
  if (titles.length === 0) throw new TributaryError('file-empty', `${path} has no titles; at least one is needed`)
  return { titles }
}
