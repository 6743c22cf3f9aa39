// The comparison of MARCO for users who are new in a domain: `npx tsx reproduce/marco.ts --help` says how.
import { mkdir } from 'node:fs/promises'
import { writeFileAtomic } from '../src/files/atomic.ts'
import { ENTRIES } from './marco/entries.ts'
import { cellKey } from './marco/intervals.ts'
import { type Result, run } from './marco/job.ts'
import { type Cell, chosen, jobsOf, resultOf, tried, tuningOf } from './marco/jobs.ts'
import { type Row, writePage } from './marco/page.ts'
import { checkFiles, PLACES, placeName, SHARES } from './marco/worlds.ts'
import { readOptions, someOf, unlessNo, whole } from './shared/command.ts'

const values = readOptions({
  script: 'marco.ts',
  does: `Users who are new in one domain and known in others: MARCO, other models that bring what is known of them, and controls, on four
    categories of ciao, each as target, and on both directions of a pair of Amazon's. The learning rate of each model is chosen on validation by a
    seed that no result uses; the draw of new users changes with the seed. A killed comparison goes on where it was.`,
  results: 'a file a training below .results/marco; the page is docs/results/marco.md.',
  options: {
    seeds: whole('seeds 1 to N', 5),
    shares: someOf('shares of users who are new, in percent', SHARES),
    places: someOf('targets', PLACES.map(placeName)),
    models: someOf(
      'what is compared',
      ENTRIES.map(({ label }) => label),
    ),
    stage: someOf('stages', ['tune', 'train', 'report']),
    write: unlessNo('print the page, but do not write it'),
  },
})
checkFiles()
const entries = ENTRIES.filter(({ label }) => values.models.includes(label))
const places = PLACES.filter((place) => values.places.includes(placeName(place)))
// The middle share first, so that a comparison that is cut has one of all places.
const shares = ['50', '20', '80'].flatMap((name) =>
  SHARES.filter((share) => share === name && values.shares.includes(share)),
)

if (values.stage.includes('tune')) for (const entry of entries) await run(tuningOf(entry))
if (values.stage.includes('train'))
  for (let seed = 1; seed <= values.seeds; seed++)
    for (const share of shares)
      for (const place of places) for (const entry of entries) await run(await jobsOf(entry, { place, share, seed }))
if (values.stage.includes('report')) {
  const rows: Row[] = []
  for (const entry of ENTRIES) {
    const results = new Map<string, Result>()
    for (const place of PLACES)
      for (const share of SHARES)
        for (let seed = 1; seed <= values.seeds; seed++) {
          const cell: Cell = { place, share, seed }
          const result = await resultOf(entry, cell)
          if (result !== undefined) results.set(cellKey(place, share, seed), result)
        }
    if (results.size > 0)
      rows.push({ entry, results, choice: (await chosen(entry)) ?? {}, tried: (await tried(entry)) ?? [] })
  }
  const page = writePage(rows, values.seeds)
  console.log(page)
  if (values.write) {
    await mkdir('docs/results', { recursive: true })
    await writeFileAtomic('docs/results/marco.md', page)
  }
}
