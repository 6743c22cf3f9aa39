// Times training epochs of SASRec on the amazon5 splits: d 64, batch 128, cross-entropy over the target's domain, bucketed.
// Validation is not part of an epoch here, as it is not in bench/peers/sasrec_epoch.py. Prints one JSON line.
import { parseArgs } from 'node:util'
import { openDataset, sequenceBatches, splitDataset, trainingSequences } from '../../src/data/index.ts'
import { lossCatalogue, rankingLoss } from '../../src/families/ranking/index.ts'
import { sequenceStep } from '../../src/families/sequence/index.ts'
import { createRng } from '../../src/math/index.ts'
import { sasrec } from '../../src/models/sequence/sasrec.ts'
import { importAmazon5 } from '../syncrec/amazon5.ts'

const { values } = parseArgs({
  options: {
    epochs: { type: 'string', default: '7' },
    warmup: { type: 'string', default: '2' },
    threads: { type: 'string', default: '2' },
  },
})
const dataset = await openDataset(await importAmazon5('.results/datasets'))
const split = splitDataset(dataset, 'column')
const config = sasrec.config.parse({
  width: 64,
  layers: 2,
  heads: 2,
  inner: 64,
  dropout: 0.5,
  batchSize: 128,
  loss: 'softmax',
})
const model = sasrec.create(config, dataset, split, { seed: 1, threads: Number(values.threads) })
if (!('encoder' in model)) throw new Error('a mixed model was expected')
const catalogue = lossCatalogue({ dataset, split }, 'domain')
const { run } = sequenceStep(model, config, (states) => rankingLoss('softmax', states, model.table, catalogue, config))
const sequences = trainingSequences(dataset, split)
const rng = createRng(0)
const times: number[] = []
let loss = 0
for (let epoch = 0; epoch < Number(values.warmup) + Number(values.epochs); epoch++) {
  const started = performance.now()
  let [total, steps] = [0, 0]
  for (const batch of sequenceBatches(sequences, { ...config, bucket: true, rng: rng.split('epoch', epoch) })) {
    total += (await run(batch, undefined, rng.split('step', epoch, steps++), steps)).loss
  }
  loss = total / steps
  if (epoch >= Number(values.warmup)) times.push((performance.now() - started) / 1000)
}
times.sort((a, b) => a - b)
const rss = Math.round(process.memoryUsage().rss / 2 ** 20)
console.log(JSON.stringify({ medianSeconds: times[times.length >> 1], epochs: times.length, loss, rssMiB: rss }))
await model.dispose()
