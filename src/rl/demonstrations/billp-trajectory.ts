/** What a recommendation of a recorded trajectory came to. */
export interface BillpStep {
  /** Which action of the trajectory it is, from 1 on. */
  readonly step: number
  /** The title that the language model asked for. */
  readonly requested: string
  /** The title that was shown: the one asked for, or the one that replaced it. */
  readonly title: string
  /** NaN at the step at which the user left: what it would have paid is not recorded. */
  readonly reward: number
  readonly terminal: boolean
}

const ACTION = /^\s*Action\s*\d*\s*:\s*(.*)$/i
const OBSERVATION = /^\s*Observation\s*\d*\s*:\s*(.*)$/i
/** Titles may hold brackets: the last one of the text ends it. */
const RECOMMEND = /^recommend\s*\[(.*)\]/i
/** As BiLLP spells it, and as one would. */
const REPLACED = /can\s?not be recommen?d?ed, instead, recommend\s*\[(.*)\]/i
const REWARD = /reward\s*=\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?)/i
/** What a trajectory says of a step at which the user left. */
const LEFT = -1000

/**
 * Steps of a trajectory as BiLLP writes it, line by line. An action waits for its reward; a replacement in between takes its place. The
 * first reward belongs to it, further ones to nobody.
 * @returns `unpaid`: actions without a reward, which are left out
 */
export function parseBillpTrajectory(lines: readonly string[]): {
  readonly steps: readonly BillpStep[]
  readonly unpaid: number
} {
  const steps: BillpStep[] = []
  let actions = 0
  let pending: { step: number; requested: string; title: string } | undefined
  const observe = (text: string) => {
    if (pending === undefined) return
    const replaced = REPLACED.exec(text)
    if (replaced !== null) pending.title = replaced[1]
    const reward = REWARD.exec(replaced === null ? text : text.slice(replaced.index + replaced[0].length))
    if (reward === null) return
    const paid = Number(reward[1])
    const terminal = paid <= LEFT
    steps.push({ ...pending, reward: terminal ? Number.NaN : paid, terminal })
    pending = undefined
  }
  for (const line of lines) {
    const action = ACTION.exec(line)
    if (action === null) {
      const observation = OBSERVATION.exec(line)
      if (observation !== null) observe(observation[1])
      continue
    }
    // What was observed may stand in the same line.
    const [own, observed] = action[1].split(/(?<=\])\s*(?=Observation\s*\d*\s*:)/i, 2)
    const requested = RECOMMEND.exec(own)?.[1]
    if (requested === undefined) continue
    pending = { step: ++actions, requested, title: requested }
    if (observed !== undefined) observe(observed)
  }
  return { steps, unpaid: actions - steps.length }
}
