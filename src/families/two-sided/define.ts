import type { output, ZodObject, ZodType } from 'zod'
import {
  type Dataset,
  defineModel,
  type ModelContext,
  type ModelSpec,
  type Split,
  type TrainContext,
  type TrainEvent,
} from '../../core/index.ts'
import { createLabelModel, type LabelModel } from './model.ts'
import type { Build, Network } from './network.ts'
import type { LabelConfig } from './options.ts'

/** What one model of labels brings. */
export interface LabelSpec<C extends ZodObject> {
  readonly name: string
  readonly summary: string
  readonly paper?: { readonly title: string; readonly year: number; readonly venue: string }
  /** With `labelOptions` among its options, and `dropout` where it drops units. */
  readonly config: C
  /** Behaviors of two sides → logits. Throws `bad-config` for options that do not fit together. */
  network(config: output<C>, build: Build): Network
  /** Names its loss, its batches and its step. */
  train(model: LabelModel, config: output<C>, context: TrainContext): AsyncGenerator<TrainEvent>
}

/** A model whose loss is made of the losses of behaviors, so that a wrapper can weigh them. */
export interface LabelModelSpec<C extends ZodObject = ZodObject> extends ModelSpec<C, LabelModel> {
  // A method, so that a spec of a special config is usable where any spec is expected.
  network(config: output<C>, build: Build): Network
}

/** Tables, labels, histories and scoring around the network and the training of a paper. */
export function defineLabelModel<
  C extends ZodObject & ZodType<LabelConfig & { readonly dropout?: number | undefined }>,
>(model: LabelSpec<C>): LabelModelSpec<C> {
  const { network, ...described } = model
  const { name } = described
  const spec = defineModel<C, LabelModel>({
    ...described,
    task: 'ctr',
    unlearned: 'it reads no vectors of such users, items and categories',
    create: (config: output<C>, dataset: Dataset, split: Split, context: ModelContext) =>
      createLabelModel({ name, network: (build) => network(config, build), config, dataset, split }, context),
  })
  return { ...spec, network }
}
