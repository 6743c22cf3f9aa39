import { describe, expect, it } from 'vitest'
import { type ModelSpec, parseConfig } from '../core/index.ts'
import { bprmf } from '../models/factors/bprmf.ts'
import { sasrec } from '../models/sequence/sasrec.ts'
import type { Manifest } from '../runs/run.ts'
import type { TrainedRun } from '../runs/train.ts'
import { entryOf } from './entry.ts'
import { refuseAsModel, runEntry, twinEntry } from './twin.ts'

const manifest = (spec: ModelSpec, overrides: Record<string, unknown> = {}): Manifest => ({
  format: 1,
  model: spec.name,
  task: spec.task,
  config: parseConfig(spec, overrides).sources,
  dataset: { name: 'shop', path: 'shop', hash: 'h' },
  split: 'leave-two-out',
  seed: 1,
  threads: 1,
  versions: { tributary: '0', node: '0', onnxruntime: '0' },
  status: 'done',
})

describe('the twin of a run', () => {
  it('is the same model with the same options on one domain at a time, where the model can', () => {
    const { label, spec, config, overrides } = twinEntry(manifest(sasrec, { width: 32, loss: 'bpr' }))
    expect(label).toBe('sasrec:sequences=single')
    expect(spec).toBe(sasrec)
    expect(overrides).toEqual({ width: 32, loss: 'bpr', sequences: 'single' })
    expect(config).toEqual({ ...parseConfig(sasrec, { width: 32, loss: 'bpr' }).config, sequences: 'single' })
  })

  it('is sasrec with the same objective, where the model cannot', () => {
    expect(twinEntry(manifest(bprmf)).label).toMatch(/^sasrec:sequences=single/)
    const { label, spec, config } = twinEntry(manifest(bprmf, { loss: 'bce', negatives: 'all' }))
    expect(label).toBe('sasrec:sequences=single:loss=bce:negatives=all')
    expect(spec).toBe(sasrec)
    expect(config).toMatchObject({ loss: 'bce', negatives: 'all', sequences: 'single' })
  })

  it('keeps to what a default was when the run was trained', () => {
    const old = manifest(sasrec)
    const changed = { ...old, config: { ...old.config, dropout: { value: 0.25, from: 'default' as const } } }
    expect(twinEntry(changed).config).toMatchObject({ dropout: 0.25 })
    expect(runEntry(changed).overrides).toEqual({ dropout: 0.25 })
  })

  it('is what is asked for, made to see one domain at a time', () => {
    expect(twinEntry(manifest(bprmf), entryOf('gru4rec', { width: 8 }))).toMatchObject({
      label: 'gru4rec:width=8:sequences=single',
      config: { width: 8, sequences: 'single' },
    })
    expect(twinEntry(manifest(bprmf), entryOf('sasrec', { sequences: 'single' })).label).toBe('sasrec:sequences=single')
    expect(() => twinEntry(manifest(bprmf), entryOf('sasrec', { sequences: 'mixed' }))).toThrow(
      'a twin has sequences=single',
    )
    expect(() => twinEntry(manifest(bprmf), entryOf('popularity'))).toThrow('cannot be trained on one domain at a time')
  })
})

it('a policy is no model for a report on transfer', () => {
  const run = { spec: { ...sasrec, name: 'mbpo', task: 'policy' } } as unknown as TrainedRun
  expect(() => refuseAsModel(run, 'runs/mbpo')).toThrow(
    'runs/mbpo holds mbpo, a policy, which learns to act in one domain; transfer is between domains',
  )
})
