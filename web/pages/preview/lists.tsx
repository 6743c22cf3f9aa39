import { key } from '../../api.ts'
import { CopyButton } from '../../parts/save.tsx'
import { SERVER } from '../../url.ts'
import { count, curlOf, type Request, type Schemas, WHOEVER } from './question.ts'

export type Answer = Schemas['RecommendationAnswer']
type Item = Answer['items'][number]

/** A list of one model, or why there is none. */
export interface Listed {
  readonly model: string
  readonly request: Request
  readonly answer?: Answer
  readonly error?: Error
}

export interface Looks {
  readonly titleOf: (item: string) => string
  readonly hueOf: (domain: string | undefined) => string
  /** Items that the user took after the moment that is looked at. */
  readonly later: ReadonlySet<string>
  /** The item that is followed through all lists. */
  readonly chosen: string
  readonly choose: (item: string) => void
}

/** A list as it was answered, with all that it says of each item. */
export function List({ listed: { model, request, answer, error }, looks }: { listed: Listed; looks: Looks }) {
  const { later } = looks
  // What is so of every place is said once, above them.
  const isAlike = answer?.items.every(({ source, propensity }) => source === 'model' && propensity === 1) ?? false
  return (
    <article class="list" aria-label={model}>
      <h3>
        {model === WHOEVER && answer !== undefined && `${model}: `}
        {answer?.model ?? model}
      </h3>
      {error !== undefined && (
        <p class="failure" role="alert">
          {error.message}
        </p>
      )}
      {answer !== undefined && (
        <>
          <p class="muted">
            {saidOf(answer)}
            {later.size > 0 &&
              ` · ${answer.items.filter(({ item }) => later.has(item)).length} of ${answer.items.length} taken later`}
            {isAlike && ' · every item from the model, with probability 1'}
          </p>
          <Shares name="The list owes to" shares={answer.owedTo} looks={looks} />
          <Shares name="The model weighs" shares={answer.sources} looks={looks} />
          {answer.items.length === 0 && <p>No item is left: the filter and what was seen rule all out.</p>}
          <ol>
            {answer.items.map((item) => (
              <Place key={item.item} item={item} isAlike={isAlike} looks={looks} />
            ))}
          </ol>
          {answer.items.length < (request.k ?? 0) && answer.items.length > 0 && (
            <p class="muted">
              {answer.items.length} of {request.k} asked for: no more items may appear.
            </p>
          )}
        </>
      )}
      <p class="take-along">
        {answer !== undefined && (
          <CopyButton label="Copy as JSON" text={() => `${JSON.stringify(answer, null, 2)}\n`} />
        )}{' '}
        <CopyButton label="Copy as curl" text={() => curlOf(SERVER.href, request, key.value !== '')} />
      </p>
    </article>
  )
}

const KNOWN = {
  here: 'known in this service',
  elsewhere: 'new in this service, known from others',
  nowhere: 'known from nothing',
} as const

/** How a list came to be, in words. */
function saidOf({ fallback, newUsers, known, historyUsed, policy, experiment, ignored }: Answer): string {
  const parts = [
    fallback !== undefined && `answered by its twin ${fallback}`,
    newUsers !== undefined && `answered by ${newUsers}, for users who are new here`,
    `${count(historyUsed)} items of history read`,
    KNOWN[known],
    experiment !== undefined && `arm ${experiment.arm} of the experiment ${experiment.name}`,
    policy.kind !== 'greedy' && `drawn (${policy.kind}): the next answer may be another`,
    ignored.length > 0 && `not known to the model: ${few(ignored)}`,
  ]
  return parts.filter(Boolean).join(' · ')
}

function few(names: readonly string[]): string {
  return names.length > 4 ? `${names.slice(0, 4).join(', ')} and ${names.length - 4} more` : names.join(', ')
}

function Place({ item: one, isAlike, looks }: { item: Item; isAlike: boolean; looks: Looks }) {
  const { item, score, propensity, source, filled, owedTo, because = [] } = one
  const { titleOf, later, chosen, choose } = looks
  const title = titleOf(item)
  const isChosen = item === chosen
  const said = [
    title !== item && <bdi key="name">{item}</bdi>,
    `score ${Number(score.toPrecision(4))}`,
    !isAlike && `probability ${Number(propensity.toPrecision(3))}`,
    !isAlike && (filled ? `fills up, from ${source}` : `from ${source}`),
  ].filter(Boolean)
  return (
    <li class={isChosen ? 'is-chosen' : undefined}>
      <button
        type="button"
        class="quiet title"
        title={title}
        aria-pressed={isChosen}
        onClick={() => choose(isChosen ? '' : item)}
      >
        <bdi class="clamped">{title}</bdi>
      </button>
      {later.has(item) && <span class="later"> taken later</span>}
      <small class="muted">
        {said.map((part, i) => (
          <span key={i === 0 ? 'first' : String(part)}>
            {i > 0 && ' · '}
            {part}
          </span>
        ))}
      </small>
      {because.length > 0 && (
        <small class="clamped">
          because of{' '}
          {because.map(({ item: cause, share, domain }, i) => (
            <span key={cause} title={domain}>
              {i > 0 && ', '}
              <bdi>{titleOf(cause)}</bdi> ({percent(share)})
            </span>
          ))}
        </small>
      )}
      <Shares name="owed to" shares={owedTo} looks={looks} />
    </li>
  )
}

/** Shares of services, in words beside their colors, the largest first. */
function Shares({
  name,
  shares,
  looks: { hueOf },
}: {
  name: string
  shares: Readonly<Record<string, number>> | undefined
  looks: Looks
}) {
  const sorted = Object.entries(shares ?? {}).sort(([, a], [, b]) => b - a)
  if (sorted.length === 0) return null
  return (
    <small class="shares">
      {name}{' '}
      {sorted.map(([domain, share]) => (
        <span key={domain} class={`share ${hueOf(domain)}`}>
          {domain} {percent(share)}
        </span>
      ))}
    </small>
  )
}

export function percent(share: number): string {
  return share > 0 && share < 0.005 ? '< 1 %' : `${Math.round(100 * share)} %`
}
