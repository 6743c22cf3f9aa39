import { z } from 'zod'
import {
  bridgeOptions,
  defineBridgeModel,
  weighedNetwork,
  weighingCapabilities,
  weighingOptions,
} from '../../../families/bridges/index.ts'
import { CREDITS, REWARDS } from './game.ts'
import { teamLoss, trainTeam } from './train.ts'

const config = z.object({
  ...weighingOptions(),
  warmUp: z
    .int()
    .min(0)
    .default(1)
    .describe('passes before the first epoch, in which the source that expects most is heard alone'),
  reward: z
    .enum(REWARDS)
    .default('error')
    .describe(
      'what agents are paid: less the squared error (error), 1 for saying rightly what is above positiveAbove (side), or how high that stands in a list (ndcg, hit: within ten)',
    ),
  rewardItems: z
    .int()
    .min(0)
    .default(50)
    .describe("items drawn into a list beside a user's own, where lists are paid for"),
  credit: z
    .enum(CREDITS)
    .default('own-mean')
    .describe(
      "what an agent's move is held against: what the critic expected, the team without it, or its own mean move",
    ),
  agentLearningRate: z.number().positive().default(0.01).describe('of Adam over actor and critic'),
  agentWeightDecay: z.number().min(0).default(0.01).meta({ before: 0 }).describe('L2 penalty inside that Adam'),
  turns: z.int().min(1).default(512).describe('rows that agents play before they learn from them'),
  ppoEpochs: z.int().min(1).default(4).describe('times that agents learn from what they played'),
  agentBatchSize: z.int().min(1).default(256).describe('rows in a step of the agents'),
  clip: z.number().positive().default(0.2).describe('ε, how far ratios and values may go from what they were'),
  valueCoefficient: z.number().min(0).default(0.5).describe("how much the critic's error counts beside the actor's"),
  valueLoss: z.enum(['huber', 'square']).default('huber').describe('how far off a value is'),
  entropy: z.number().min(0).default(0.001).describe('λ, how much the entropy of the weights counts'),
  entropySign: z
    .enum(['penalty', 'bonus'])
    .default('penalty')
    .describe('whether even weights cost, as in the released code, or are paid for'),
  ablation: z
    .enum(['none', 'no-reward', 'shuffled-reward'])
    .default('none')
    .describe(
      'no-reward: the actor learns from entropy alone, as in the released code; shuffled-reward: from what other rows paid',
    ),
  ...bridgeOptions({ weightDecay: 0.01 }),
})

export type MarcoConfig = z.output<typeof config>

export const marco = defineBridgeModel({
  name: 'marco',
  summary: 'bridged vectors of all sources under weights that a team of agents learns from what it is paid',
  paper: {
    title: 'MARCO: A Cooperative Knowledge Transfer Framework for Personalized Cross-domain Recommendations',
    year: 2025,
    venue: 'SIGIR-AP',
  },
  config,
  trusts: 'domain',
  can: weighingCapabilities,
  hearsTarget: ({ targetAgent }) => targetAgent,
  network(config, parameters, inputs) {
    // Declares the critic, which no prediction reads.
    teamLoss(config, parameters, { width: inputs.width, agents: inputs.sources.length })
    return weighedNetwork(config, parameters, inputs)
  },
  training: trainTeam,
})
