import { useMemo } from 'preact/hooks'
import { rankChart } from '../../../src/pages/charts/ranks.ts'
import { type Answered, key } from '../../api.ts'
import { Show } from '../../parts/answered.tsx'
import { Chart } from '../../parts/chart.tsx'
import { CommandFooter, commandLine } from '../../parts/command.tsx'
import { TakeAlong } from '../../parts/table.tsx'
import { SERVER } from '../../url.ts'
import type { Compared } from './ask.ts'
import { List, type Looks } from './lists.tsx'
import { curlOf, type Question, type Request } from './question.ts'

/** More lines than this cannot be told apart. */
const MOST_JOINED = 30
const WIDTH = 760

/** Lists beside one another, and where each item stands in all of them. */
export function ComparedLists({
  answers,
  question: { domain, filter, placement },
  looks,
  domainOf,
  isLog,
}: {
  answers: Answered<Compared>
  question: Question
  looks: Looks
  domainOf: (item: string) => string | undefined
  /** Whether histories are those of the log, which the command line reads, too. */
  isLog: boolean
}) {
  return (
    <Show of={answers}>
      {({ listed }) => (
        <>
          <h2>What is recommended in {domain}</h2>
          <div class={answers.loading ? 'lists busy' : 'lists'} aria-busy={answers.loading}>
            <Cards listed={listed} looks={looks} />
          </div>
          <Ranks listed={listed} looks={looks} domainOf={domainOf} />
          <CommandFooter
            commands={[
              isLog && filter === undefined && placement === ''
                ? commandOf(listed[0].request)
                : curlOf(SERVER.href, listed[0].request, key.value !== ''),
            ]}
          />
        </>
      )}
    </Show>
  )
}

/** Drawn again only where something in them is another: histories change with every key. */
function Cards({ listed, looks }: { listed: Compared['listed']; looks: Looks }) {
  return useMemo(
    () => (
      <>
        {listed.map((one) => (
          <List key={one.model} listed={one} looks={looks} />
        ))}
      </>
    ),
    [listed, looks.chosen, looks.later],
  )
}

function Ranks({
  listed,
  looks: { titleOf, chosen },
  domainOf,
}: {
  listed: Compared['listed']
  looks: Looks
  domainOf: (item: string) => string | undefined
}) {
  const lists = listed.flatMap(({ model, answer }) =>
    answer === undefined ? [] : [{ name: model, items: answer.items }],
  )
  const figure = useMemo(() => {
    const titled = lists.map(({ name, items }) => ({
      name,
      items: items.slice(0, MOST_JOINED).map(({ item }) => ({ id: item, title: titleOf(item) })),
    }))
    return (width: number) =>
      rankChart(titled, { label: 'The rank of each item in each list', chosen, width: Math.min(WIDTH, width) })
  }, [listed, chosen])
  const all = [...new Set(lists.flatMap(({ items }) => items.map(({ item }) => item)))]
  const rows = () =>
    all.map((item) => [
      item,
      titleOf(item),
      domainOf(item) ?? '',
      ...lists.map(({ items }) => String(items.find((one) => one.item === item)?.rank ?? '')),
    ])
  if (all.length === 0) return null
  const length = Math.max(...lists.map(({ items }) => items.length))
  return (
    <>
      {lists.length > 1 && (
        <>
          <h2>Where each item stands</h2>
          <Chart
            figure={figure}
            caption={`The same item joined by lines; ${overlap(lists)}.${length > MOST_JOINED ? ` The first ${MOST_JOINED} places.` : ''}`}
          />
        </>
      )}
      <TakeAlong
        name="Ranks of items"
        cells={() => [['item', 'title', 'service', ...lists.map(({ name }) => name)], ...rows()]}
      />
    </>
  )
}

/** How many items the first list shares with each of the others. */
function overlap([first, ...others]: readonly {
  readonly name: string
  readonly items: readonly { readonly item: string }[]
}[]): string {
  const own = new Set(first.items.map(({ item }) => item))
  const shared = others.map(
    ({ name, items }) => `${items.filter(({ item }) => own.has(item)).length} of ${items.length} with ${name}`,
  )
  return `${first.name} shares ${shared.join(', ')}`
}

/** The command for a list of a run; RUN is its folder. */
function commandOf({ user, domain = '', history, values, k }: Request): string {
  const names = (history ?? []).map((entry) => (typeof entry === 'string' ? entry : entry.item))
  const plain = names.every((name) => !/[",]/.test(name))
  const told =
    names.length === 0 ? [] : plain ? ['--history', names.join(',')] : names.flatMap((name) => ['--history', name])
  return commandLine(
    ...['recommend', 'RUN', '--domain', domain, '-k', String(k)],
    ...(user === undefined ? [] : ['--user', user]),
    ...told,
    ...(values === undefined ? [] : ['--values', values.join(',')]),
  )
}
