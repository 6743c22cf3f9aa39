import type { Agent } from './agent.ts'

/** Yao et al., ICLR 2023: a thought before each action, and what came of both in sight of the next. */
export const react: Agent = {
  name: 'react',
  summary: 'a thought, then a title (ReAct): two questions a turn',
  begin: ({ conversation }) => ({
    async recommend() {
      const thought = await conversation.think([])
      const requested = await conversation.act({ thought })
      return requested === undefined ? undefined : { thought, requested }
    },
    async observe() {},
    async end() {},
  }),
}
