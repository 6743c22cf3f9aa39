import type { Agent, Stage } from './agent.ts'
import { LESSONS } from './reflexion.ts'
import { genresLine, quotedList } from './script.ts'

/** Genres that the actor is told to think of, of those that the last turns had none of. */
const HINTED = 2
const LAST_TURNS = 4
/** Situations with less in common are others. */
const ALIKE = 0.8
const MOST_REMEMBERED = 5

/**
 * BiLLP (Shi et al., SIGIR 2024): a planner that thinks and a reflector that learns from whole episodes; an actor and a critic that
 * learn from each turn, by what they remember of situations alike.
 */
export const billp: Agent = {
  name: 'billp',
  summary: 'planner, reflector, actor and critic with memories (BiLLP): three questions a turn and one more an episode',
  begin: (stage) => {
    const { conversation, memories, discount, share } = stage
    const beginning = conversation.recent
    let situation = beginning
    let worth: number | undefined
    const worthOf = async (text: string) =>
      conversation.value(valuesText(await memories.values.nearest(text, 1, ALIKE)))
    return {
      async recommend() {
        situation = conversation.recent
        worth ??= await worthOf(situation)
        const lessons = await memories.lessons.nearest(beginning, LESSONS)
        const thought = await conversation.think(lessons)
        const hints = await actorHints(stage, situation)
        const requested = await conversation.act({ thought, lessons, hints })
        return requested === undefined ? undefined : { thought, requested }
      },
      async observe({ shown, reward, left }) {
        const before = worth ?? 0
        const after = left ? 0 : await worthOf(conversation.recent)
        // Rewards count as much as the critic's values: from 0 to 5.
        const target = 5 * share(reward) + discount * after
        const sign = left || target - before < 0 ? -1 : 1
        await memories.actions.add(situation, { title: shown, sign })
        await memories.values.add(situation, left ? -5 : target)
        worth = after
      },
      async end() {
        if (conversation.turns.length > 0) await memories.lessons.add(beginning, await conversation.lesson())
      },
    }
  },
}

async function actorHints(
  { conversation, memories, genres, genresOf, rng }: Stage,
  situation: string,
): Promise<string> {
  const last = new Set(conversation.turns.slice(-LAST_TURNS).flatMap(({ shown }) => genresOf(shown)))
  const open = genres.filter((genre) => !last.has(genre))
  const places = rng.split('genres', conversation.turns.length).shuffle(Int32Array.from(open.keys())).slice(0, HINTED)
  const remembered = await memories.actions.nearest(situation, MOST_REMEMBERED, ALIKE)
  const titles = (wanted: number) => remembered.filter(({ sign }) => sign === wanted).map(({ title }) => title)
  return [
    ...(places.length === 0 ? [] : [genresLine([...places].map((place) => open[place]))]),
    ...(titles(1).length === 0 ? [] : [`In situations alike these did better than expected: ${quotedList(titles(1))}`]),
    ...(titles(-1).length === 0
      ? []
      : [`In situations alike these did worse than expected: ${quotedList(titles(-1))}`]),
  ].join('\n')
}

function valuesText([value]: readonly number[]): string {
  return value === undefined ? '' : `A situation alike turned out to be worth ${value.toFixed(1)}`
}
