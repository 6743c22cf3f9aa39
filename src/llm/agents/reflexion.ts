import type { Agent } from './agent.ts'

/** Lessons that a prompt shows. */
export const LESSONS = 2

/** Shinn et al., NeurIPS 2023: a thought before each action, and after each episode a lesson for those that begin alike. */
export const reflexion: Agent = {
  name: 'reflexion',
  summary: 'as react, with lessons of earlier episodes (Reflexion): one more question an episode',
  begin: ({ conversation, memories }) => {
    const beginning = conversation.recent
    return {
      async recommend() {
        const lessons = await memories.lessons.nearest(beginning, LESSONS)
        const thought = await conversation.think(lessons)
        const requested = await conversation.act({ thought, lessons })
        return requested === undefined ? undefined : { thought, requested }
      },
      async observe() {},
      async end() {
        if (conversation.turns.length > 0) await memories.lessons.add(beginning, await conversation.lesson())
      },
    }
  },
}
