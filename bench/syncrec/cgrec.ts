// CGRec's step against the number of domains (2, 3, 4, 5, 6, 8) with the same users, tokens and items throughout: Shapley values
// exact, sampled from one order of the domains, and not measured at all. B 64, T 50, d 64, BPR, whose cost a target does not
// depend on how many items its domain has. The three take turns and the fastest round of each counts. Processor time with one
// thread (`--threads 1`) says the same on a machine that is busy otherwise. The last line is JSON.
import { parseArgs } from 'node:util'
import { buildDataset } from '../../src/data/index.ts'
import { createRng } from '../../src/math/index.ts'
import { cgrec } from '../../src/models/sequence/cgrec/index.ts'
import { type CGRec, createTrainer } from '../../src/models/sequence/cgrec/train.ts'

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, threads: { type: 'string', default: '2' } },
})
const [BATCH, LENGTH, ITEMS, WARMUP] = [64, 50, 7_200, 1]
const VARIANTS = {
  exact: { exactDomains: 12 },
  sampled: { exactDomains: 0, orders: 1 },
  none: { ablation: 'shapley' },
} as const

/** A step whose every call makes one update on a new batch and resolves to its seconds, by the clock and of processors. */
function createStep(domains: number, variant: Readonly<Record<string, unknown>>) {
  const item = Array.from({ length: ITEMS }, (_, i) => `item${i}`)
  const domain = item.map((_, i) => `domain${Math.floor((i * domains) / ITEMS)}`)
  const dataset = buildDataset('bench', { user: item.map(() => 'user'), item, domain })
  const split = { name: 'none', part: new Uint8Array(ITEMS) }
  const config = cgrec.config.parse({ ...variant, loss: 'bpr', maxLength: LENGTH })
  const model = cgrec.create(config, dataset, split, { seed: 1, threads: Number(values.threads) }) as CGRec
  const trainer = createTrainer(model, config, { dataset, split })
  const rng = createRng(0)
  let step = 0
  return {
    async run() {
      const ids = () => Int32Array.from({ length: BATCH * LENGTH }, () => 1 + rng.below(ITEMS))
      const batch = { size: BATCH, length: LENGTH, user: new Int32Array(BATCH), items: ids(), targets: ids() }
      const negatives = ids()
      const [started, used] = [performance.now(), process.cpuUsage()]
      await trainer.step(batch, negatives, rng.split('step', step++), { anew: true })
      const { user, system } = process.cpuUsage(used)
      return { clock: (performance.now() - started) / 1000, processor: (user + system) / 1e6 }
    },
    dispose: () => model.dispose(),
  }
}

type Times = Record<'clock' | 'processor', number>
const result: Record<string, Record<string, Times>> = {}
for (const domains of [2, 3, 4, 5, 6, 8]) {
  const cells = Object.entries(VARIANTS).map(([variant, set]) => ({
    variant,
    step: createStep(domains, set),
    times: [] as Times[],
  }))
  for (let round = 0; round < WARMUP + Number(values.rounds); round++)
    for (const { step, times } of cells) {
      const seconds = await step.run()
      if (round >= WARMUP) times.push(seconds)
    }
  const least = (times: readonly Times[], kind: keyof Times) =>
    Number(Math.min(...times.map((t) => t[kind])).toFixed(3))
  result[domains] = {}
  for (const { variant, step, times } of cells) {
    const fastest = { clock: least(times, 'clock'), processor: least(times, 'processor') }
    result[domains][variant] = fastest
    console.log(`${domains} domains, ${variant}: ${fastest.clock} s, of processors ${fastest.processor} s`)
    await step.dispose()
  }
}
console.log(JSON.stringify({ secondsPerStep: result, rounds: Number(values.rounds), threads: Number(values.threads) }))
