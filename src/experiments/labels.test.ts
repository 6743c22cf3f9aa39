import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { buildDataset, writeDataset } from '../data/index.ts'
import { createRng } from '../math/index.ts'
import { trainRun } from '../runs/train.ts'
import { outcomeOf } from './events.ts'
import { transfer } from './transfer.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'labels-'))
})
afterAll(() => rm(folder, { recursive: true }))

/**
 * A user is generous or severe, and the source says which in ten rows: in truth, or the wrong way round. Of the target a user has one
 * row to learn from, which is right two times of three.
 */
async function world(name: string, truthful: boolean): Promise<string> {
  const rng = createRng(5)
  const columns = {
    user: [] as string[],
    item: [] as string[],
    domain: [] as string[],
    value: [] as number[],
    timestamp: [] as number[],
  }
  for (let user = 0; user < 240; user++) {
    const own = rng.split(user)
    const generous = user % 2 === 0
    const rate = (domain: string, positive: boolean) => {
      columns.user.push(`u${user}`)
      columns.item.push(`${domain}${own.below(8)}`)
      columns.domain.push(domain)
      columns.value.push(positive ? 5 : 1)
      columns.timestamp.push(columns.user.length)
    }
    for (let row = 0; row < 10; row++) rate('source', generous === truthful)
    rate('target', own.below(3) < 2 === generous)
    for (let row = 0; row < 2; row++) rate('target', own.below(10) < 9 === generous)
  }
  const path = join(folder, name)
  await writeDataset(buildDataset(name, columns), path)
  return path
}

async function reportOn(name: string, truthful: boolean) {
  const datasetFolder = await world(name, truthful)
  const run = join(folder, `${name}-run`)
  await outcomeOf(
    trainRun({
      model: 'lr',
      overrides: { epochs: 12, learningRate: 0.05, batchSize: 64, weightDecay: 0 },
      datasetFolder,
      out: run,
      splitName: 'cross-domain:source:target',
      checkpointSeconds: 1e9,
    }),
  )
  return (await outcomeOf(transfer({ run }))).report
}

describe('a model that predicts labels against its form without a source', () => {
  it('is helped in the target where the source tells users apart', async () => {
    const report = await reportOn('telling', true)
    expect(report).toMatchObject({ measure: 'labels', metric: 'auc', twin: { name: 'lr:source=none' } })
    expect([...report.domains].map(([domain, { verdict }]) => [domain, verdict])).toEqual([
      ['source', 'no cases'],
      ['target', 'helped'],
    ])
    expect(report.validation.domains.get('target')!.verdict).toBe('helped')
    expect(report.fallback.domains).toEqual([])
  })

  it('is harmed where the source tells the opposite, and the twin is to serve there', async () => {
    const report = await reportOn('misleading', false)
    expect(report.domains.get('target')!.verdict).toBe('harmed')
    expect(report.fallback.domains).toEqual(['target'])
    expect(report.domains.get('target')!.advice).toContain('--fallback auto')
  })

  it('has nothing to rank among', async () => {
    const run = join(folder, 'telling-run')
    await expect(outcomeOf(transfer({ run, candidates: { kind: 'all' } }))).rejects.toThrow(
      'which predicts labels and ranks nothing; leave out --candidates',
    )
  })
})
