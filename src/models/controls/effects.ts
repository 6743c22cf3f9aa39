import { z } from 'zod'
import { defineEffects, shrinkageOption, usersOption } from '../../families/factors/index.ts'

const config = z.object({
  userShrinkage: shrinkageOption('a user'),
  itemShrinkage: shrinkageOption('an item'),
  sweeps: z
    .int()
    .min(1)
    .default(10)
    .describe('times that domains, users and items are told, each by what the others leave'),
  users: usersOption(),
})

/** ŷ = m_d + b_user + c_item, of least squares together. */
export const effects = defineEffects({
  name: 'effects',
  summary:
    'ratings by effects of domain, user and item, fitted together, with a shrinkage that validation chooses; a control',
  config,
  form: ({ users, sweeps }) => ({ known: users, sweeps }),
  shrinkage: ({ userShrinkage, itemShrinkage }) => ({ userShrinkage, itemShrinkage }),
})
