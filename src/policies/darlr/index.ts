import { defineActorCritic } from '../../families/actor-critic/index.ts'
import { neighborRewards } from '../../rl/index.ts'
import { config } from './options.ts'
import { darlrShaper } from './shaper.ts'

export const darlr = defineActorCritic({
  name: 'darlr',
  summary:
    'believes what reference users are believed to give, whom a second agent chooses, and mistrusts what changes',
  paper: {
    title: 'DARLR: Dual-Agent Offline Reinforcement Learning for Recommender Systems with Dynamic Reward',
    year: 2025,
    venue: 'SIGIR',
  },
  config,
  trusts: 'user',
  shaper(options, context) {
    const { rewards } = context.world
    const { init, neighbors, weighting } = options
    const observed = options.neighborsFrom === 'observations' ? context.dataset : undefined
    const initial = init === 'roler' ? neighborRewards(rewards, { neighbors, weighting, observed }) : rewards
    return darlrShaper(options, initial, context)
  },
})
