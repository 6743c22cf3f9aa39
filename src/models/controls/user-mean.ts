import { z } from 'zod'
import { defineEffects, shrinkageOption, usersOption } from '../../families/factors/index.ts'

const config = z.object({ userShrinkage: shrinkageOption('a user'), users: usersOption() })

/** ŷ = m_d + b_user, counted. */
export const userMean = defineEffects({
  name: 'user-mean',
  summary: "ratings by how far a user's values are from the mean of their domains, whatever the item; a control",
  config,
  form: ({ users }) => ({ known: users, sweeps: 1 }),
  shrinkage: ({ userShrinkage }) => ({ userShrinkage }),
})
