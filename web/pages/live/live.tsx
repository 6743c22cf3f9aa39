import './live.css'
import type { ComponentType } from 'preact'
import type { Answer } from '../../../src/client/index.ts'
import { useAnswer } from '../../api.ts'
import { Show } from '../../parts/answered.tsx'
import { CommandFooter } from '../../parts/command.tsx'
import { Link } from '../../parts/link.tsx'
import { param, path } from '../../url.ts'
import { Evaluations } from './evaluations.tsx'
import { Experiments } from './experiments.tsx'
import { Traffic } from './traffic.tsx'
import { Trainings } from './trainings.tsx'

export type TrafficAnswer = Answer<'readTraffic'>

export interface ViewProps {
  readonly traffic: TrafficAnswer
  readonly reload: () => void
}

const VIEWS: Readonly<Record<string, { readonly title: string; readonly View: ComponentType<ViewProps> }>> = {
  traffic: { title: 'Traffic', View: Traffic },
  experiments: { title: 'Experiments', View: Experiments },
  evaluations: { title: 'What others would have earned', View: Evaluations },
  trainings: { title: 'Retraining', View: Trainings },
}

/** What this server does now, and what is tried and changed while it does. */
export default function Live() {
  const asked = path.value[1] ?? ''
  const view = Object.hasOwn(VIEWS, asked) ? asked : 'traffic'
  const minutes = Number(param('minutes')) || undefined
  const traffic = useAnswer((client, signal) => client.readTraffic({ query: { minutes }, signal }), [minutes])
  const { View } = VIEWS[view]!
  return (
    <>
      <h1>Live</h1>
      <nav class="views" aria-label="What to look at">
        {Object.entries(VIEWS).map(([name, { title }]) => (
          <Link key={name} to={['live', name]} current={name === view}>
            {title}
          </Link>
        ))}
      </nav>
      <Show of={traffic}>
        {(read) =>
          Object.keys(read.models).length === 0 ? <Nothing /> : <View traffic={read} reload={traffic.reload} />
        }
      </Show>
    </>
  )
}

function Nothing() {
  return (
    <>
      <p>
        This server serves no model: it was started to look at runs. What a server of models answers and hears, its
        experiments and its retraining are shown by that server, at its own <code>/studio/live</code>.
      </p>
      <CommandFooter
        title="From the command line"
        commands={['tributary serve runs/sasrec --store sqlite:tributary.db --runs runs']}
      />
    </>
  )
}

/** What a view says where it needs a store and there is none. */
export function NoStore({ what }: { what: string }) {
  return (
    <>
      <p>{what} need the events and lists of a store, and this server was started without one.</p>
      <CommandFooter
        title="From the command line"
        commands={['tributary serve runs/sasrec --store sqlite:tributary.db --runs runs']}
      />
    </>
  )
}
