import { z } from 'zod'
import { defineEffects, usersOption } from '../../families/factors/index.ts'

const config = z.object({
  prior: z.number().min(0).default(5).describe('rows without a deviation that are added to those of a user or an item'),
  users: usersOption(),
})

/** ŷ = m_d + b_user + b_item, counted one after the other. */
export const means = defineEffects({
  name: 'means',
  summary: "ratings by a domain's mean and how far users and items are from it, counted; a control",
  config,
  form: ({ users }) => ({ known: users, sweeps: 1 }),
  shrinkage: ({ prior }) => ({ userShrinkage: [prior], itemShrinkage: [prior] }),
})
