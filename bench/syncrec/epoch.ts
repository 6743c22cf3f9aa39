// Times training epochs of SyNCRec on the amazon5 splits: batch 128, T 50, K 5, j 3, cross-entropy in domain, length-bucketed.
// Validation is not part of an epoch here, as it is not in bench/peers/syncrec_epoch.py. Prints one JSON line.
import { parseArgs } from 'node:util'
import { openDataset, sequenceBatches, splitDataset, trainingSequences } from '../../src/data/index.ts'
import { createRng } from '../../src/math/index.ts'
import { syncrec } from '../../src/models/sequence/syncrec/index.ts'
import { createTrainer, type SynCRec } from '../../src/models/sequence/syncrec/train.ts'
import { importAmazon5 } from './amazon5.ts'
import { FIXED } from './syncrec.ts'

const { values } = parseArgs({
  options: {
    epochs: { type: 'string', default: '5' },
    warmup: { type: 'string', default: '2' },
    threads: { type: 'string', default: '2' },
    width: { type: 'string', default: '16' },
    experts: { type: 'string', default: '5' },
    'cross-experts': { type: 'string', default: '3' },
    dropout: { type: 'string', default: '0.3' },
  },
})
const dataset = await openDataset(await importAmazon5('.results/datasets'))
const split = splitDataset(dataset, 'column')
const config = syncrec.config.parse({
  width: Number(values.width),
  experts: Number(values.experts),
  crossExperts: Number(values['cross-experts']),
  dropout: Number(values.dropout),
  maxLength: 50,
  batchSize: 128,
  ...FIXED,
})
const model = (await syncrec.create(config, dataset, split, { seed: 1, threads: Number(values.threads) })) as SynCRec
const trainer = createTrainer(model, config, { dataset, split })
const sequences = trainingSequences(dataset, split)
const rng = createRng(0)
const times: number[] = []
const losses: number[] = []
for (let epoch = 0; epoch < Number(values.warmup) + Number(values.epochs); epoch++) {
  const started = performance.now()
  let [total, steps] = [0, 0]
  for (const batch of sequenceBatches(sequences, { ...config, bucket: true, rng: rng.split('epoch', epoch) }))
    total += (await trainer.step(batch, undefined, rng.split('step', epoch, steps++))).loss
  losses.push(Number((total / steps).toFixed(4)))
  if (epoch >= Number(values.warmup)) times.push((performance.now() - started) / 1000)
}
times.sort((a, b) => a - b)
const rss = Math.round(process.memoryUsage().rss / 2 ** 20)
console.log(
  JSON.stringify({
    medianSeconds: times[times.length >> 1],
    fastest: times[0],
    epochs: times.length,
    losses,
    rssMiB: rss,
  }),
)
await model.dispose()
