// What the demo world does to models: mixed SASRec against its single-domain twins, with popularity and item-kNN as controls.
//   npx tsx bench/serve/demo-world.ts [seeds = 2]
import { parseConfig } from '../../src/core/config.ts'
import { Part } from '../../src/core/index.ts'
import { buildDataset, demoWorld, evaluationCases, splitDataset } from '../../src/data/index.ts'
import { evaluate } from '../../src/evaluation/measures/ranking.ts'
import { findModel } from '../../src/registry.ts'
import { startTraining } from '../../src/runs/in-memory.ts'

const seeds = Number(process.argv[2] ?? 2)
const training = { learningRate: 0.003, dropout: 0.3, patience: 5, epochs: 80 }
const runs = [
  { title: 'popularity', model: 'popularity', options: {}, seeds: 1 },
  { title: 'item-knn', model: 'item-knn', options: {}, seeds: 1 },
  { title: 'sasrec, mixed', model: 'sasrec', options: { ...training, sequences: 'mixed' }, seeds },
  { title: 'sasrec, single', model: 'sasrec', options: { ...training, sequences: 'single' }, seeds },
]

const dataset = buildDataset('demo', demoWorld(1))
const split = splitDataset(dataset, 'leave-two-out')
const cases = evaluationCases(dataset, split, Part.test)
console.log(`${dataset.log.length} interactions; NDCG@10 among all items of the domain, mean over seeds (cases below)`)
console.log(['model'.padEnd(16), ...dataset.domains.map((d) => d.padStart(8)), ' epochs', ' seconds'].join(''))
for (const { title, model: name, options, seeds } of runs) {
  const sums = dataset.domains.map(() => 0)
  const epochs: number[] = []
  const start = performance.now()
  for (let seed = 1; seed <= seeds; seed++) {
    const spec = findModel(name)
    const { config } = parseConfig(spec, options)
    const { model, events } = startTraining({ spec, config, dataset, split, seed, threads: 2 })
    for await (const event of events) if (event.type === 'done') epochs.push(event.epochs)
    const { domains } = await evaluate(model, dataset, cases, {
      candidates: { kind: 'full' },
      maskSeen: false,
      seed: 0,
    })
    for (const [d, domain] of dataset.domains.entries()) sums[d] += domains.get(domain)!['ndcg@10'] / seeds
    await model.dispose()
  }
  const seconds = (performance.now() - start) / 1000 / seeds
  const cells = sums.map((sum) => sum.toFixed(3).padStart(8))
  console.log([title.padEnd(16), ...cells, epochs.join(',').padStart(7), seconds.toFixed(1).padStart(8)].join(''))
}
const counts = dataset.domains.map((_, d) => cases.queries.filter(({ domain }) => domain === d).length)
console.log(['cases'.padEnd(16), ...counts.map((n) => String(n).padStart(8))].join(''))
