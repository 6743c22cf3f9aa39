import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { buildDataset, writeDataset } from '../data/index.ts'
import { createRng } from '../math/index.ts'
import { compare, verdictsOn } from './compare.ts'
import { entryOf } from './entry.ts'
import { outcomeOf } from './events.ts'
import { transfer } from './transfer.ts'

let folder: string
let datasetFolder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ratings-'))
  datasetFolder = join(folder, 'rated')
  await writeDataset(world(), datasetFolder)
})
afterAll(() => rm(folder, { recursive: true }))

/** A user is generous or severe: in `books`, rated often, and in `films` alike; in `games` the other way round. */
function world() {
  const rng = createRng(3)
  const columns = {
    user: [] as string[],
    item: [] as string[],
    domain: [] as string[],
    value: [] as number[],
    timestamp: [] as number[],
  }
  for (let user = 0; user < 160; user++) {
    const own = rng.split(user)
    const generosity = user % 2 === 0 ? 1 : -1
    const rate = (domain: string, sign: number, rows: number) => {
      for (let row = 0; row < rows; row++) {
        columns.user.push(`u${user}`)
        columns.item.push(`${domain}${own.below(8)}`)
        columns.domain.push(domain)
        columns.value.push(3 + sign * generosity + own.below(3) - 1)
        columns.timestamp.push(columns.user.length)
      }
    }
    rate('books', 1, 12)
    rate('films', 1, 4)
    rate('games', -1, 4)
  }
  return buildDataset('rated', columns)
}

it('a model of ratings is helped, or harmed, in a domain by what others say of its users', async () => {
  const outcome = await outcomeOf(
    compare({
      entries: [entryOf('means', { users: 'single' }), entryOf('means')],
      datasetFolder,
      out: join(folder, 'runs'),
      seeds: [1],
      splitName: 'leave-two-out-per-domain',
    }),
  )
  expect(outcome.comparison).toMatchObject({ measure: 'ratings', metric: 'rmse' })
  expect(Object.fromEntries(verdictsOn(outcome.comparison, 'means'))).toMatchObject({
    films: 'helped',
    games: 'harmed',
  })

  const { report } = await outcomeOf(transfer({ run: join(folder, 'runs', 'means', 'seed1') }))
  expect(report).toMatchObject({ measure: 'ratings', metric: 'rmse', twin: { name: 'means:users=single' } })
  expect(report.domains.get('films')!.verdict).toBe('helped')
  expect(report.domains.get('games')!.verdict).toBe('harmed')
  expect(report.fallback.domains).toContain('games')
})
