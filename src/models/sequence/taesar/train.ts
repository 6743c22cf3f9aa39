import {
  type Checkpoint,
  type Dataset,
  domainItems,
  type ModelContext,
  type NamedTensors,
  type Split,
  type Tensor,
  type TrainContext,
  type TrainEvent,
  tensorsBelow,
  tensorsUnder,
} from '../../../core/index.ts'
import { type Sequences, sequenceBatches, trainingSequences } from '../../../data/index.ts'
import { lossCatalogue, rankingLoss, singleDomainTwins } from '../../../families/ranking/index.ts'
import {
  type BatchMaker,
  type SequenceModel,
  sequenceStep,
  trainOnSequences,
} from '../../../families/sequence/index.ts'
import { createRng } from '../../../math/index.ts'
import type { Config } from './index.ts'
import { createReader } from './reader.ts'
import { joined, rewrite } from './rewrite.ts'

/** A reader for each domain, which learns from the domain's own sequences and from those that were rewritten for it. */
function answersOf(rewritten: ReadonlyMap<string, Sequences>) {
  return singleDomainTwins<Config & { readonly sequences: 'mixed' | 'single' }, SequenceModel>(
    createReader,
    (model, config, context) => {
      const more = rewritten.get(context.dataset.domains[0])
      const batches: BatchMaker = (own, options) => sequenceBatches(more ? joined([own, more]) : own, options)
      return learn(model, config, context, batches)
    },
  )
}
type Answers = ReturnType<ReturnType<typeof answersOf>['create']>

export function createAnswers(config: Config, dataset: Dataset, split: Split, context: ModelContext): Answers {
  return answersOf(new Map()).create({ ...config, sequences: 'single' }, dataset, split, context)
}

function learn(model: SequenceModel, config: Config, context: TrainContext, batches: BatchMaker) {
  const catalogue = lossCatalogue(context, config.negatives)
  const step = sequenceStep(model, config, (states) => rankingLoss(config.loss, states, model.table, catalogue, config))
  return trainOnSequences(model, config, context, batches, step)
}

/** In a mixed history the state at an item of the domain is asked for the next item of the domain, whatever stands between. */
export function nextOfDomain({ start, end }: { readonly start: number; readonly end: number }): BatchMaker {
  const isOwn = (item: number) => item >= start && item < end
  return function* (sequences, options) {
    for (const batch of sequenceBatches(sequences, options)) {
      const targets = new Int32Array(batch.targets.length)
      for (let row = 0; row < batch.size; row++)
        for (let at = (row + 1) * batch.length - 1, next = 0; at >= row * batch.length; at--) {
          if (isOwn(batch.targets[at])) next = batch.targets[at]
          if (isOwn(batch.items[at])) targets[at] = next
        }
      if (targets.some((target) => target > 0)) yield { ...batch, targets }
    }
  }
}

/**
 * A reader of mixed events; from there on the expert of each domain; then, on sequences that these rewrote, what answers. All as one
 * training: epochs are counted through, and each can be gone on from. One domain has nothing to be rewritten from.
 */
export async function* trainTaesar(model: Answers, config: Config, context: TrainContext): AsyncGenerator<TrainEvent> {
  const { dataset, split, seed, threads, resume } = context
  const readings = dataset.domains.length > 1 ? dataset.domains.length + 1 : 0
  const first = (resume?.state.stage as number | undefined) ?? 0
  let before = (resume?.state.before as number | undefined) ?? 0
  /** Weights of the reader of mixed events, then of the experts. */
  const read = Array.from({ length: Math.min(first, readings) }, (_, k) => tensorsBelow(resume!.tensors, `read/${k}/`))
  const innerOf = (stage: number): Checkpoint | undefined =>
    resume && stage === first
      ? {
          ...(resume.state.inner as Pick<Checkpoint, 'epoch' | 'state'>),
          tensors: tensorsBelow(resume.tensors, 'training/'),
        }
      : undefined
  /** Events of a stage as events of the whole; what is kept stands in its checkpoints. */
  async function* within(stage: number, events: AsyncGenerator<TrainEvent>, kept: NamedTensors, domain?: string) {
    const named = domain === undefined ? {} : { domain }
    for await (const event of events)
      if (event.type === 'checkpoint') {
        const { epoch, state, tensors } = event.checkpoint
        const all = new Map([...kept, ...tensorsUnder(tensors, 'training/')])
        const outer = { stage, before, inner: { epoch, state } }
        yield { type: 'checkpoint' as const, checkpoint: { epoch: before + epoch, state: outer, tensors: all } }
      } else if (event.type !== 'done') yield { ...event, epoch: before + event.epoch, ...named }
      else if (stage < readings) before += event.epochs
      else yield { ...event, epochs: before + event.epochs, bestEpoch: before + event.bestEpoch }
  }

  let rewritten: readonly Sequences[] = resume && first === readings ? storedSequences(resume.tensors, dataset) : []
  if (first < readings) {
    const reader = createReader(config, dataset, { seed, threads })
    try {
      for (let stage = first; stage < readings; stage++) {
        const d = stage - 1
        const own = { ...context, seed: createRng(seed).split('taesar', stage).uint32(), resume: innerOf(stage) }
        const kept = new Map(read.flatMap((weights, k) => [...weights].map(([name, x]) => [`read/${k}/${name}`, x])))
        if (stage === 0) {
          const events = learn(reader, { ...config, negatives: 'all' }, own, sequenceBatches)
          yield* within(stage, events, kept)
        } else {
          reader.load(read[0])
          const expert = { ...config, epochs: config.expertEpochs, patience: 0, initialization: 'random' as const }
          const validate: TrainContext['validate'] = (scorer) => context.validate(scorer, d)
          const events = learn(reader, expert, { ...own, validate }, nextOfDomain(domainItems(dataset, d)))
          yield* within(stage, events, kept, dataset.domains[d])
        }
        read.push(copied(reader.weights()))
      }
      const [mixed, ...experts] = read
      rewritten = await rewrite(
        reader,
        { mixed, experts },
        trainingSequences(dataset, split),
        context,
        config.maxLength,
      )
    } finally {
      await reader.dispose()
    }
  }
  const answers = answersOf(new Map(rewritten.map((sequences, d) => [dataset.domains[d], sequences])))
  const events = answers.train(model, { ...config, sequences: 'single' }, { ...context, resume: innerOf(readings) })
  yield* within(readings, events, sequenceTensors(rewritten, dataset))
}

function copied(weights: NamedTensors): NamedTensors {
  return new Map([...weights].map(([name, { shape, data }]) => [name, { shape, data: data.slice() }]))
}

const COLUMNS = ['user', 'items', 'offsets'] as const

function sequenceTensors(rewritten: readonly Sequences[], { domains }: Dataset): Map<string, Tensor> {
  return new Map(
    rewritten.flatMap((sequences, d) =>
      COLUMNS.map((name) => [
        `rewritten/${domains[d]}/${name}`,
        { shape: [sequences[name].length], data: sequences[name] },
      ]),
    ),
  )
}

function storedSequences(tensors: NamedTensors, { domains }: Dataset): Sequences[] {
  return domains.flatMap((domain) => {
    const column = (name: (typeof COLUMNS)[number]) => tensors.get(`rewritten/${domain}/${name}`)?.data as Int32Array
    return column('user') === undefined
      ? []
      : [{ user: column('user'), items: column('items'), offsets: column('offsets') }]
  })
}
