import type { DemonstrationSource, DemonstrationStep } from './demonstrations.ts'

/**
 * What demonstrators reached. Two conventions stand side by side, which differ by about a step: `All` counts the step at which a user
 * left and what it paid; `Acc` counts those alone that the user accepted.
 */
export interface DemonstratorDescription {
  readonly model: string
  readonly source: DemonstrationSource
  readonly episodes: number
  readonly steps: number
  readonly users: number
  /** Episodes that ended since the user left. */
  readonly left: number
  /** Mean steps of an episode. */
  readonly lenAll: number
  readonly lenAcc: number
  /** Mean sum of rewards of an episode; absent where what a counted step paid is not known. */
  readonly returnAll?: number
  readonly returnAcc?: number
  /** Share of the titles that were asked for which are not those of the items shown; absent where no title was asked for. */
  readonly outsideCatalogue?: number
}

export interface DemonstrationsDescription {
  readonly episodes: number
  readonly steps: number
  readonly users: number
  readonly items: number
  readonly models: readonly DemonstratorDescription[]
}

/** What a folder of demonstrations holds, in figures. */
export function describeDemonstrations(steps: readonly DemonstrationStep[]): DemonstrationsDescription {
  const byModel = new Map<string, DemonstrationStep[]>()
  for (const step of steps) {
    const key = `${step.source} ${step.model}`
    const others = byModel.get(key)
    if (others === undefined) byModel.set(key, [step])
    else others.push(step)
  }
  return {
    episodes: distinct(steps, 'episode'),
    steps: steps.length,
    users: distinct(steps, 'user'),
    items: distinct(steps, 'item'),
    models: [...byModel.values()].map(describeModel),
  }
}

function describeModel(steps: readonly DemonstrationStep[]): DemonstratorDescription {
  const [{ model, source }] = steps
  const episodes = distinct(steps, 'episode')
  const accepted = steps.filter(({ terminal }) => !terminal)
  const asked = steps.filter(({ requested }) => requested !== undefined)
  const mean = (some: readonly DemonstrationStep[]) => some.reduce((sum, { reward }) => sum + reward, 0) / episodes
  const [returnAll, returnAcc] = [mean(steps), mean(accepted)]
  return {
    model,
    source,
    episodes,
    steps: steps.length,
    users: distinct(steps, 'user'),
    left: steps.length - accepted.length,
    lenAll: steps.length / episodes,
    lenAcc: accepted.length / episodes,
    ...(!Number.isNaN(returnAll) && { returnAll }),
    ...(!Number.isNaN(returnAcc) && { returnAcc }),
    ...(asked.length > 0 && {
      outsideCatalogue: asked.filter(({ requested, item, title = item }) => requested !== title).length / asked.length,
    }),
  }
}

function distinct(steps: readonly DemonstrationStep[], column: 'episode' | 'user' | 'item'): number {
  return new Set(steps.map((step) => step[column])).size
}
