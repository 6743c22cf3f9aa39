import type { Agent } from './agent.ts'

/** Asks for a title, and no reasons. */
export const actOnly: Agent = {
  name: 'act-only',
  summary: 'asks for a title in each turn: one question a turn',
  begin: ({ conversation }) => ({
    async recommend() {
      const requested = await conversation.act({})
      return requested === undefined ? undefined : { requested }
    },
    async observe() {},
    async end() {},
  }),
}
