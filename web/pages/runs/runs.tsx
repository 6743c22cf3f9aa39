import './runs.css'
import { Show } from '../../parts/answered.tsx'
import { CommandFooter, commandLine } from '../../parts/command.tsx'
import { Link } from '../../parts/link.tsx'
import { param, params } from '../../url.ts'
import { Compare } from './compare.tsx'
import { List } from './list.tsx'
import { OneRun } from './run.tsx'
import { useRuns } from './runs-told.ts'
import { OneComparison } from './written.tsx'

/** `?run=` names one run to look at, or several to compare; without, all are listed. */
export default function Runs() {
  const told = useRuns()
  const asked = [...new Set(params('run'))]
  const comparison = param('comparison')
  if (asked.length === 0 && comparison !== '') return <OneComparison id={comparison} />
  return (
    <>
      {asked.length === 0 && <h1>Runs</h1>}
      <Show of={told}>
        {({ runs, folders, problems }) => {
          if (asked.length > 1) return <Compare runs={runs} asked={asked} />
          if (asked.length === 1) {
            const run = runs.find(({ id }) => id === asked[0])
            return run === undefined ? <Gone id={asked[0]} /> : <OneRun key={run.id} run={run} runs={runs} />
          }
          return (
            <>
              {problems.map(({ path, reason }) => (
                <p key={path} class="failure">
                  {reason.slice(0, 500)}
                </p>
              ))}
              {runs.length === 0 ? <Empty folders={folders} /> : <List runs={runs} folders={folders} />}
            </>
          )
        }}
      </Show>
    </>
  )
}

function Gone({ id }: { id: string }) {
  return (
    <>
      <h1>There is no run {id.slice(0, 200)}</h1>
      <p>
        It was deleted or moved, or lies below another folder. <Link to={['runs']}>All runs</Link>
      </p>
    </>
  )
}

function Empty({ folders }: { folders: readonly string[] }) {
  const [folder = 'runs'] = folders
  return (
    <>
      <p>
        There are no runs below {folders.length === 0 ? 'any folder' : folders.join(', ')} yet.{' '}
        <Link to={['train']}>Train a model</Link>, or begin one of these; it appears here by itself:
      </p>
      <CommandFooter
        title="From the command line"
        commands={[
          ['See it work, with data that is made up', 'tributary quickstart'],
          ['Train one model', commandLine('train', 'sasrec', 'datasets/shop', '--out', `${folder}/sasrec`)],
          [
            'Hold two against each other',
            commandLine(
              'compare',
              'popularity,sasrec',
              'datasets/shop',
              '--seeds',
              '3',
              '--out',
              `${folder}/comparison`,
            ),
          ],
        ]}
      />
    </>
  )
}
