// From a log file to training sequences and questions:  node examples/log-to-dataset.mjs
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Part } from 'tributary-rec/core'
import {
  describe,
  evaluationCases,
  formatDescription,
  importDataset,
  openDataset,
  splitDataset,
  trainingSequences,
} from 'tributary-rec/data'

const folder = await mkdtemp(join(tmpdir(), 'tributary-example-'))
try {
  const out = join(folder, 'services')
  const report = await importDataset({ reader: 'csv', files: [join(import.meta.dirname, 'log.csv')], out })
  console.log(`${report.rows} rows of ${report.users} users, hash ${report.hash.slice(0, 12)}…\n`)

  const dataset = await openDataset(out)
  console.log(formatDescription(describe(dataset)))

  const split = splitDataset(dataset, 'leave-two-out')
  /** @param {Int32Array} ids */
  const names = (ids) => Array.from(ids, (id) => dataset.items.name(id)).join(' → ')
  const { user, items, offsets } = trainingSequences(dataset, split)
  console.log('\ntraining')
  for (const [s, u] of user.entries()) {
    console.log(`  ${dataset.users.name(u)}: ${names(items.subarray(offsets[s], offsets[s + 1]))}`)
  }
  console.log('test')
  const cases = evaluationCases(dataset, split, Part.test)
  for (const [k, query] of cases.queries.entries()) {
    const answer = dataset.items.name(cases.answers[k])
    console.log(`  ${names(query.history)} → ? in ${dataset.domains[query.domain]}: ${answer}`)
  }
} finally {
  await rm(folder, { recursive: true, force: true })
}
