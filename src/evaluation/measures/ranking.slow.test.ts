import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Dataset, type ModelSpec, Part, type Split } from '../../core/index.ts'
import { evaluationCases, importDataset, openDataset, splitDataset } from '../../data/index.ts'
import { itemKnn } from '../../models/controls/item-knn.ts'
import { popularity } from '../../models/controls/popularity.ts'
import { type Candidates, type Evaluation, evaluate } from './index.ts'

// The controls on real logs against figures that other implementations reach on the same files, so that the protocol (history,
// candidates, ties, means) is known to be theirs.
const splits = join(
  process.env.TRIBUTARY_DATA ?? join(import.meta.dirname, '../../../../shared/data'),
  'amazon5/splits',
)
const absent = existsSync(splits) ? false : 'TRIBUTARY_DATA does not hold amazon5/splits'

describe.skipIf(absent)(`the controls on amazon5${absent ? ` (skipped: ${absent})` : ''}`, () => {
  let folder = ''
  let dataset: Dataset
  let split: Split
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'amazon5-'))
    await importDataset({
      reader: 'tsv',
      files: [join(splits, 'mixed.tsv.gz')],
      out: join(folder, 'amazon5'),
      name: 'amazon5',
      columns: { user: 'user', item: 'item', domain: 'domain', timestamp: 'timestamp', part: 'part' },
    })
    dataset = await openDataset(join(folder, 'amazon5'))
    split = splitDataset(dataset, 'column')
  })
  afterAll(() => rm(folder, { recursive: true }))

  async function measure(spec: ModelSpec, candidates: Candidates): Promise<Evaluation> {
    const config = spec.config.parse({})
    const context = { seed: 0, threads: 1 }
    const model = spec.create(config, dataset, split, context)
    const validate = async () => ({})
    for await (const _ of spec.train(model, config, { ...context, dataset, split, validate }));
    const cases = evaluationCases(dataset, split, Part.test)
    return evaluate(model, dataset, cases, { candidates, maskSeen: false, ties: 'random', seed: 1, split })
  }
  const given = (): Candidates => ({ kind: 'file', path: join(splits, 'neg100_indomain_mixed_test.tsv.gz') })
  const near = (evaluation: Evaluation, expected: Record<string, number>, within: number) => {
    for (const [metric, value] of Object.entries(expected))
      expect(Math.abs(evaluation.overall[metric] - value), `${metric} is ${evaluation.overall[metric]}`).toBeLessThan(
        within,
      )
  }

  it('has the cases that its description counts', async () => {
    const evaluation = await measure(popularity, given())
    const counts = [...evaluation.domains.values()].map((scores) => scores.cases)
    expect([...counts].sort((a, b) => a - b)).toEqual([354, 468, 490, 595, 694])
    expect(evaluation.overall.cases).toBe(2601)
    expect(evaluation.groups.seenInTraining!.cases / 2601).toBeCloseTo(0.935, 3)
    expect(evaluation.groups.notRepeated!.cases / 2601).toBeCloseTo(0.94, 2)
    expect(evaluation.groups.historyInDomain!.cases).toBe(2007)
  })

  it('popularity', async () => {
    near(await measure(popularity, given()), { 'hr@10': 0.141, 'ndcg@10': 0.073, mrr: 0.07 }, 0.004)
    near(await measure(popularity, { kind: 'all' }), { 'hr@10': 0.0015, 'ndcg@10': 0.0006 }, 0.0005)
  })

  it('item-knn', async () => {
    near(await measure(itemKnn, given()), { 'hr@10': 0.238, 'ndcg@10': 0.171, mrr: 0.166 }, 0.005)
    near(await measure(itemKnn, { kind: 'all' }), { 'hr@10': 0.073, 'ndcg@10': 0.044 }, 0.005)
  })
})
