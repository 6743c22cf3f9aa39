/** One turn of an episode, as its agent has it before it. */
export interface Turn {
  readonly thought?: string | undefined
  /** The title that the model named. */
  readonly requested: string
  /** The title of the item that was recommended. */
  readonly shown: string
  readonly reward: number
  /** The user left at it. */
  readonly left: boolean
}

/** An episode as a prompt tells it, one fact a line. What is not known is absent. */
export interface Script {
  readonly history: readonly string[]
  readonly turns: readonly Partial<Turn>[]
  /** Genres to think of. */
  readonly genres: readonly string[]
}

/** Controls, ends of lines and marks that turn the direction of a text. */
const NOT_PLAIN = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu

/** Text of others as one line: names of items and answers are data, and must not be able to begin a line of a prompt. */
export function plain(text: string, most = 300): string {
  const line = text.replace(NOT_PLAIN, ' ').trim()
  return [...line].length > most ? `${[...line].slice(0, most - 1).join('')}…` : line
}

/** `History: "A", "B"`, each a string of JSON, so that it is seen where a name ends. */
export function historyLine(history: readonly string[]): string {
  return `History: ${history.length === 0 ? 'nothing' : quotedList(history)}`
}

export function quotedList(titles: readonly string[]): string {
  return titles.map((title) => JSON.stringify(plain(title))).join(', ')
}

export function genresLine(genres: readonly string[]): string {
  return `Genres to think of: ${quotedList(genres)}`
}

/** The lines of turn n, counted from 1. */
export function turnLines({ thought, requested, shown, reward, left }: Turn, n: number): string[] {
  const replaced =
    plain(shown) === plain(requested) ? '' : ` is not on offer; shown instead: ${JSON.stringify(plain(shown))};`
  const outcome = `reward=${reward.toFixed(3)}; ${left ? 'the person left' : 'the person stays'}`
  return [
    ...(thought === undefined ? [] : [`Thought ${n}: ${plain(thought, 2000)}`]),
    `Action ${n}: recommend[${plain(requested)}]`,
    `Observation ${n}:${replaced} ${outcome}`,
  ]
}

/** The title in `recommend[…]`, up to the last bracket of the line, since titles may have some; undefined where there is none. */
export function titleIn(answer: string): string | undefined {
  const line = answer.split('\n').find((text) => text.trim() !== '') ?? ''
  const [, title] = /^\s*(?:Action\s*\d*\s*:)?\s*recommend\s*\[(.+)\]/i.exec(line) ?? []
  const text = plain(title?.trim() ?? '').replace(/^"(.*)"$/, '$1')
  return text === '' ? undefined : text
}

/** Reads what the functions above write, and passes over everything else. */
export function parseScript(prompt: string): Script {
  let history: string[] = []
  let genres: string[] = []
  let turns: Partial<Turn>[] = []
  const at = (n: string) => Number(n) - 1
  for (const line of prompt.split('\n')) {
    const [, listed] = /^History: (.*)$/.exec(line) ?? []
    // A worked example may stand before; the episode is the last one.
    if (listed !== undefined) [history, turns] = [stringsIn(listed), []]
    const [, hinted] = /^Genres to think of: (.*)$/.exec(line) ?? []
    if (hinted !== undefined) genres = stringsIn(hinted)
    const [, kind, n, text] = /^(Thought|Action|Observation) (\d+): ?(.*)$/.exec(line) ?? []
    if (kind === undefined || text.trim() === '') continue
    const turn = turns[at(n)] ?? {}
    if (kind === 'Thought') turns[at(n)] = { ...turn, thought: text }
    if (kind === 'Action') turns[at(n)] = { ...turn, requested: titleIn(text) ?? '' }
    if (kind !== 'Observation') continue
    const [, shown] = / shown instead: ("(?:[^"\\]|\\.)*");/.exec(line) ?? []
    turns[at(n)] = {
      ...turn,
      shown: shown === undefined ? (turn.requested ?? '') : (JSON.parse(shown) as string),
      reward: Number(/reward=(-?[\d.]+); the person (?:left|stays)$/.exec(line)?.[1] ?? Number.NaN),
      left: line.endsWith('the person left'),
    }
  }
  return { history, turns: turns.filter((turn) => turn !== undefined), genres }
}

function stringsIn(list: string): string[] {
  return Array.from(list.matchAll(/"(?:[^"\\]|\\.)*"/g), ([text]) => JSON.parse(text) as string)
}
