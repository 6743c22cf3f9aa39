import { TributaryError } from '../../core/index.ts'

/** `cross-domain,ties=train:Books:Music` is the rule `cross-domain` with ties, for `Books:Music`. */
export interface SplitName {
  readonly rule: string
  /** Rows of the very moment of a cut train, too. */
  readonly tiesTrain: boolean
  /** Of what is drawn; absent where none was given. */
  readonly seed: number | undefined
  /** What follows the colon. */
  readonly parameters: string | undefined
}

export const TIES_TRAIN = ',ties=train'
export const SEED = ',seed='

/**
 * The parts of a split's name. Names of domains may hold anything, so only what stands before the first colon is looked at.
 * @throws TributaryError `bad-argument` for another option than those of ties and of a seed
 */
export function parseSplitName(name: string): SplitName {
  const colon = name.indexOf(':')
  const head = colon === -1 ? name : name.slice(0, colon)
  const comma = head.indexOf(',')
  const rule = comma === -1 ? head : head.slice(0, comma)
  const option = head.slice(rule.length)
  const seed = /^,seed=(\d{1,15})$/.exec(option)?.[1]
  if (option !== '' && option !== TIES_TRAIN && seed === undefined) {
    const message = `the split '${name}' has '${option}' after its rule; what may stand there is '${TIES_TRAIN}' or '${SEED}N' with a whole number N`
    throw new TributaryError('bad-argument', message)
  }
  return {
    rule,
    tiesTrain: option === TIES_TRAIN,
    seed: seed === undefined ? undefined : Number(seed),
    parameters: colon === -1 ? undefined : name.slice(colon + 1),
  }
}
