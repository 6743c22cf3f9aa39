import { join } from 'node:path'
import { parseEntries } from '../../src/cli/terminal/entries.ts'
import { buildDataset, writeDataset } from '../../src/data/index.ts'
import { compare } from '../../src/experiments/compare.ts'
import { TRANSFER_FILE, writeTransfer } from '../../src/experiments/report.ts'
import { transfer } from '../../src/experiments/transfer.ts'
import { writeComparison } from '../../src/pages/comparison.ts'
import { writeTransferPage } from '../../src/pages/transfer.ts'
import { shopCsv } from '../e2e/shop.ts'

const SMALL = 'epochs=3:width=8:inner=8:batchSize=32:maxLength=12'

/** What a small shop leaves behind that was compared and judged: the folders in it, from its root. */
export const SHOP = {
  dataset: 'datasets/shop',
  comparison: 'runs/compared',
  /** The run that `transfer` judged. */
  run: 'runs/compared/mixed/seed1',
} as const

/** The log of the shop; times are seconds since 1970. */
export function shopRows(): { user: string; item: string; domain: string; timestamp: number }[] {
  const [, ...lines] = shopCsv({ users: 60 }).trim().split('\n')
  return lines.map((line) => {
    const [user, item, domain, timestamp] = line.split(',')
    return { user, item, domain, timestamp: Number(timestamp) }
  })
}

/** The dataset of a small shop, a comparison of two seeds on it and the report of a transfer, made by what the command line calls. */
export async function makeShop(root: string): Promise<void> {
  const rows = shopRows()
  const dataset = buildDataset('shop', {
    user: rows.map(({ user }) => user),
    item: rows.map(({ item }) => item),
    domain: rows.map(({ domain }) => domain),
    timestamp: rows.map(({ timestamp }) => timestamp),
  })
  const datasetFolder = join(root, SHOP.dataset)
  await writeDataset(dataset, datasetFolder)
  const labels = { twin: `sasrec:sequences=single:${SMALL}`, mixed: `sasrec:${SMALL}`, 'item-knn': 'item-knn' }
  const entries = Object.entries(labels).flatMap(([label, text]) =>
    parseEntries(text).map((entry) => ({ ...entry, label })),
  )
  const out = join(root, SHOP.comparison)
  const outcome = await ended(compare({ entries, datasetFolder, seeds: [1, 2], out, threads: 1, leastUsers: 5 }))
  await writeComparison(out, 'Comparison on shop', outcome)
  const run = join(root, SHOP.run)
  const judged = await ended(transfer({ run, against: join(out, 'twin/seed1'), leastUsers: 5, threads: 1 }))
  await writeTransfer(join(run, TRANSFER_FILE), judged.report)
  await writeTransferPage(join(run, 'transfer.html'), judged)
}

async function ended<R>(events: AsyncGenerator<unknown, R>): Promise<R> {
  for (;;) {
    const step = await events.next()
    if (step.done) return step.value
  }
}
