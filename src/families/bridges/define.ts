import type { output, ZodObject, ZodType } from 'zod'
import {
  type Dataset,
  defineModel,
  type Model,
  type ModelContext,
  type ModelSpec,
  type NamedTensors,
  type Split,
  type TrainContext,
  TributaryError,
} from '../../core/index.ts'
import { createRng, type Rng } from '../../math/index.ts'
import { loadWeights, type Parameters } from '../../nn/index.ts'
import { createPrograms } from '../../tensor/index.ts'
import { createFactors, type Factors } from './factors.ts'
import type { BridgeInputs, BridgeNetwork } from './network.ts'
import type { BridgeConfig } from './options.ts'
import { createPeople } from './people.ts'
import { type BridgeRoles, bridgeRoles } from './roles.ts'
import { bridgeScorer } from './score.ts'
import { type BridgeTarget, createTarget } from './target.ts'
import { type BridgeTraining, targetWeights, trainBridges, trainOnRatings } from './train.ts'

/** What one model of bridges brings. */
export interface BridgeModelSpec<C extends ZodObject> {
  readonly name: string
  readonly summary: string
  readonly paper?: ModelSpec['paper'] & {}
  /** Holds `bridgeOptions`. */
  readonly config: C
  readonly trusts?: ModelSpec['trusts'] & {}
  /** Declares the weights of one target and says how sources become predictions there. */
  network(config: output<C>, parameters: Parameters, inputs: BridgeInputs): BridgeNetwork
  /** How a target is trained; default `trainOnRatings`. `rng` is the target's own. */
  training?(target: BridgeTarget, config: output<C>, context: TrainContext, rng: Rng): BridgeTraining
  /** Whether the target itself is heard beside its sources, of users who are known there; default not. */
  hearsTarget?(config: output<C>): boolean
  /** What its models can besides. */
  can?(model: BridgeModel, config: output<C>, dataset: Dataset): Model['can'] & {}
}

export interface BridgeModel extends Model {
  readonly factors: Factors
  /** By domain. */
  readonly targets: ReadonlyMap<number, BridgeTarget>
}

/**
 * A model that brings what is known of a user in source domains to a target domain. Weights: those of `createFactors`, and of each target under
 * `TARGET/…`. Making one throws `bad-dataset` for a log without values; and as `bridgeRoles`.
 */
export function defineBridgeModel<C extends ZodObject & ZodType<BridgeConfig>>(
  given: BridgeModelSpec<C>,
): ModelSpec<C, BridgeModel> {
  const { network, training, can, hearsTarget, ...spec } = given
  return defineModel<C, BridgeModel>({
    ...spec,
    task: 'rating',
    unlearned: 'who is known nowhere has a vector of zeros: what remains is what an item adds to the mean',
    create(config, dataset, split, context) {
      const build = (parameters: Parameters, inputs: BridgeInputs) => network(config, parameters, inputs)
      const hearsItself = hearsTarget?.(config) ?? false
      const model = createBridgeModel(spec.name, config, { dataset, split }, context, { build, hearsItself })
      return can === undefined ? model : { ...model, can: can(model, config, dataset) }
    },
    train: (model, config, context) =>
      trainBridges(
        spec.name,
        { factors: model.factors, targets: [...model.targets.values()] },
        config,
        context,
        (target, rng) => (training ?? trainOnRatings)(target, config, context, rng),
        ({ target }) => context.validate(model, target),
      ),
  })
}

function createBridgeModel(
  name: string,
  config: BridgeConfig,
  { dataset, split }: { readonly dataset: Dataset; readonly split: Split },
  { seed, threads, serving }: ModelContext,
  {
    build,
    hearsItself,
  }: {
    readonly build: (parameters: Parameters, inputs: BridgeInputs) => BridgeNetwork
    readonly hearsItself: boolean
  },
): BridgeModel {
  const factors = createFactors(dataset, split, config)
  const people = createPeople(dataset, factors, config)
  const programs = createPrograms({ threads, spin: !serving })
  const rng = createRng(seed).split(name)
  const roles = bridgeRoles(dataset, split, config.sources)
  refuseConstant(dataset, factors, roles)
  const targets = new Map(
    roles.map((of) => [of.target, createTarget(dataset, of, { factors, people, programs, rng, hearsItself }, build)]),
  )
  const weights = (): NamedTensors =>
    new Map([...factors.weights, ...[...targets.values()].flatMap((target) => [...targetWeights(target)])])
  return {
    factors,
    targets,
    weights,
    load(loaded) {
      loadWeights(weights(), loaded)
      factors.renew()
    },
    ...bridgeScorer(dataset, factors, targets, { people, warm: config.warm }),
    dispose: () => programs.dispose(),
  }
}

/** @throws TributaryError `bad-dataset` where no target has two training ratings that differ */
function refuseConstant({ log, domains }: Dataset, factors: Factors, roles: readonly BridgeRoles[]): void {
  const first = (target: number) => log.value?.[factors.domains[target]?.rows[0] ?? 0]
  const differs = ({ target }: BridgeRoles) =>
    factors.domains[target]?.rows.some((row) => log.value?.[row] !== first(target))
  if (roles.some(differs)) return
  const [{ target }] = roles
  const message = `every training rating of '${domains[target]}' is ${first(target)}, so nothing tells its items or users apart; choose another target`
  throw new TributaryError('bad-dataset', message)
}
