import { describe, expect, it } from 'vitest'
import { type ModelSpec, parseConfig } from '../core/index.ts'
import { bprmf } from '../models/factors/bprmf.ts'
import { biao, conet, worldModel } from '../models/index.ts'
import { sasrec } from '../models/sequence/sasrec.ts'
import type { TrainedRun } from '../runs/open.ts'
import type { Manifest } from '../runs/run.ts'
import { entryOf } from './entry.ts'
import { isTwin, refuseAsModel, runEntry, twinEntry } from './twin.ts'

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

describe('the twin of a run that predicts labels', () => {
  it('is its own form without a source, or that of the model it is built over', () => {
    expect(twinEntry(manifest(conet, { width: 8 }))).toMatchObject({
      label: 'conet:source=none',
      overrides: { width: 8, source: 'none' },
    })
    const over = twinEntry(manifest(biao, { base: 'deepfm', positiveAbove: 4 }))
    expect(over).toMatchObject({ label: 'deepfm:source=none', config: { source: 'none', positiveAbove: 4 } })
    expect(twinEntry(manifest(biao), entryOf('conet', { source: 'none' })).label).toBe('conet:source=none')
    expect(() => twinEntry(manifest(biao), entryOf('conet', { source: 'loss' }))).toThrow('a twin has source=none')
  })

  it('is told from a model of other options', () => {
    const [blind, sees] = [entryOf('conet', { source: 'none' }), entryOf('conet')]
    expect(isTwin(blind, sees)).toBe(true)
    expect(isTwin(blind, entryOf('conet', { source: 'features' }))).toBe(true)
    expect(isTwin(sees, blind)).toBe(false)
    expect(isTwin(blind, blind)).toBe(false)
    expect(isTwin(blind, entryOf('conet', { epochs: 3 }))).toBe(false)
  })

  it('is refused for a model of one domain alone', () => {
    expect(() => twinEntry(manifest(worldModel))).toThrow(
      'world-model cannot be trained on one domain at a time (it has no option sequences, source, or users)',
    )
  })
})

it('a policy is no model for a report on transfer', () => {
  const acting = { acting: 'greedy', remembers: 'episode', avoidsLeaving: false }
  const run = { spec: { ...sasrec, name: 'mbpo', task: 'policy' }, model: acting } as unknown as TrainedRun
  expect(() => refuseAsModel(run, 'runs/mbpo')).toThrow(
    'runs/mbpo holds mbpo, a policy, which learns to act in one domain; transfer is between domains',
  )
})
