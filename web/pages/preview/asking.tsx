import { useMemo, useRef } from 'preact/hooks'
import { useAnswer } from '../../api.ts'
import { useKeys } from '../../keys.ts'
import { TakeAlong } from '../../parts/table.tsx'
import { param, params, setParams } from '../../url.ts'
import { askAll } from './ask.ts'
import { ComparedLists } from './compared.tsx'
import { Controls } from './controls.tsx'
import { FilterForm } from './filter.tsx'
import { Finder } from './finder.tsx'
import { Moment } from './moment.tsx'
import {
  count,
  type Entry,
  entriesOf,
  fieldsOf,
  filterIn,
  itemOf,
  listsOf,
  type Past,
  type Question,
  requestOf,
  type Schemas,
  textOf,
  WHOEVER,
} from './question.ts'
import { Strip } from './strip.tsx'

export interface Served {
  readonly models: readonly Schemas['ServedModel'][]
  readonly first: string
  readonly hasStore: boolean
}

/** Asking for reasons costs a question for each item of a history. */
const MOST_WITH_REASONS = 200
const MOST_STORED = 1000
const MOST_FOUND = 12

/** What is asked for, which the address says, and the lists that answer it. */
export function Asking({ models, first, hasStore }: Served) {
  const user = param('user')
  const history = useAnswer(
    user === ''
      ? undefined
      : (client, signal) => client.readHistory({ path: { user }, query: { limit: MOST_STORED, model: first }, signal }),
    [user, first],
  )
  const placements = useAnswer(
    hasStore ? async (client, signal) => (await client.listPlacements({ signal })).placements : undefined,
    [hasStore],
  )
  const isRead = user === '' || history.value?.user === user
  const stored = useMemo(
    () => (user !== '' && isRead ? (history.value?.items ?? []) : []),
    [history.value, isRead, user],
  )
  const asOf = Math.min(param('asof') === '' ? stored.length : Number(param('asof')) || 0, stored.length)
  const all = entriesOf(param('history'), stored.length)
  const counts = (entry: Entry) => typeof entry === 'string' || entry < asOf
  const entries = all.filter(counts)

  const { domains } = models.find(({ name }) => name === first) ?? models[0]
  const placement = param('placement')
  const ownDomain = placements.value?.find(({ name }) => name === placement)?.domain
  const filter = filterIn(param('filter'))
  const question: Question = {
    user,
    domain: ownDomain ?? (param('service') || domains[0]),
    placement,
    k: Math.min(Math.max(Math.round(Number(param('k'))) || 10, 1), 1000),
    filter,
    why: param('why') === 'no' ? false : param('why') === 'yes' || entries.length <= MOST_WITH_REASONS,
    stored,
    entries,
  }
  const lists = listsOf(models, first, params('list'))
  const requests = lists.map((name) => requestOf(question, name === WHOEVER ? '' : name))
  const isChanged = param('history') !== '' || param('asof') !== ''
  const isReady = !isChanged || isRead || history.error !== undefined
  const added = entries.filter((entry) => typeof entry === 'string')
  const answers = useAnswer(
    isReady ? (client, signal) => askAll(client, requests, { names: added, signal }) : undefined,
    [isReady, JSON.stringify(requests)],
  )

  const told = useMemo(() => new Map(stored.map((past) => [past.item, past])), [stored])
  const described = answers.value?.described
  const titleOf = (item: string) => described?.get(item)?.title ?? told.get(item)?.title ?? item
  const domainOf = (item: string) => described?.get(item)?.domain ?? told.get(item)?.domain
  const hueOf = (domain: string | undefined) => (domain === undefined ? '' : `hue-${domains.indexOf(domain) % 8}`)
  const change = (kept: readonly Entry[]) =>
    setParams({ history: textOf([...kept, ...all.filter((entry) => !counts(entry))], stored.length) })
  const chosen = param('item')
  const later = useMemo(() => new Set(stored.slice(asOf).map(({ item }) => item)), [stored, asOf])
  const looks = {
    titleOf,
    hueOf,
    later,
    chosen,
    choose: (item: string) => setParams({ item }, { replace: true }),
  }

  // A thousand items are drawn again only where they are others.
  const strip = useMemo(
    () => <Strip {...{ stored, entries, titleOf, domainOf, hueOf, change }} />,
    [stored, param('history'), asOf, described],
  )

  const field = useRef<HTMLInputElement>(null)
  const step = (by: number) => {
    const items = answers.value?.listed.find(({ answer }) => answer !== undefined)?.answer?.items ?? []
    const next = items[Math.max(0, items.findIndex(({ item }) => item === chosen) + by)]
    if (next !== undefined) looks.choose(next.item)
  }
  useKeys({ '/': () => field.current?.focus(), j: () => step(1), k: () => step(-1) })

  return (
    <>
      <Controls
        question={question}
        models={models}
        lists={lists}
        placements={placements.value ?? []}
        isPlaced={ownDomain !== undefined}
      >
        <Finder
          label="User"
          field={field}
          free
          ask={async (client, search, signal) =>
            (await client.searchUsers({ query: { search, limit: MOST_FOUND, model: first }, signal })).users.map(
              (name) => ({ name }),
            )
          }
          pick={(name) => setParams({ user: name, history: '', asof: '', item: '' })}
        />
        {(user !== '' || all.length > 0) && (
          <button type="button" onClick={() => setParams({ user: '', history: '', asof: '', item: '' })}>
            A newcomer instead
          </button>
        )}
      </Controls>
      {user !== '' && history.error !== undefined && (
        <p class="failure" role="alert">
          {history.error.message}
        </p>
      )}
      <h2>
        History{entries.length > 0 && `: ${count(entries.length)} item${entries.length === 1 ? '' : 's'}`}
        {stored.length > 0 && isChanged && `, changed from the ${count(stored.length)} that are stored`}
      </h2>
      {history.value?.more && isRead && (
        <p class="muted">The last {count(MOST_STORED)} items; there were more before.</p>
      )}
      {stored.length > 0 && <Moment stored={stored} asOf={asOf} />}
      {entries.length === 0 && (
        <p class="muted">{emptyText(user, isRead || history.error !== undefined, stored.length)}</p>
      )}
      {strip}
      <div class="row">
        <Finder
          label="Add an item"
          ask={async (client, search, signal) =>
            (await client.listItems({ query: { search, limit: MOST_FOUND, model: first }, signal })).items.map(
              ({ item, title, domain }) => ({ name: item, title, domain }),
            )
          }
          pick={(name) => change([...entries, name])}
        />
        {isChanged && (
          <button type="button" onClick={() => setParams({ history: '', asof: '' })}>
            {user === '' ? 'Take all away' : 'As it is stored'}
          </button>
        )}
        {entries.length > 0 && (
          <TakeAlong name={`History of ${user || 'a newcomer'}`} cells={() => cellsOf(entries, stored)} />
        )}
      </div>
      <FilterForm
        filter={filter}
        fields={fieldsOf([...(described?.values() ?? [])])}
        change={(filter) => setParams({ filter: filter === undefined ? '' : JSON.stringify(filter) })}
      />
      <ComparedLists answers={answers} question={question} looks={looks} domainOf={domainOf} isLog={!hasStore} />
    </>
  )
}

function emptyText(user: string, isRead: boolean, stored: number): string {
  if (user === '')
    return 'Nobody is asked for: a newcomer, of whom nothing is known. Find a user above, or add items that a newcomer likes.'
  if (!isRead) return 'Reading what the user did …'
  return stored === 0
    ? 'Nothing is known of what this user did: the lists are those of a newcomer.'
    : 'Nothing is left of the history.'
}

function cellsOf(entries: readonly Entry[], stored: readonly Past[]): readonly (readonly string[])[] {
  const rows = entries.map((entry) => {
    const past: Partial<Past> = typeof entry === 'string' ? {} : stored[entry]
    const { domain = '', timestamp = '', type = '', value = '' } = past
    return [itemOf(entry, stored), domain, timestamp, type, String(value)]
  })
  return [['item', 'service', 'time', 'type', 'value'], ...rows]
}
