import './preview.css'
import { useAnswer } from '../../api.ts'
import { Show } from '../../parts/answered.tsx'
import { CommandFooter } from '../../parts/command.tsx'
import { param } from '../../url.ts'
import { Asking } from './asking.tsx'

/** What a user would see, and why: a history that can be changed, and the lists of several models beside one another. */
export default function Preview() {
  const served = useAnswer((client, signal) => client.listModels({ signal }), [])
  return (
    <>
      <h1>
        Preview
        {param('user') !== '' && (
          <>
            {' '}
            of <bdi>{param('user')}</bdi>
          </>
        )}
      </h1>
      <Show of={served}>
        {({ models, default: first, store }) =>
          models.length > 0 ? (
            <Asking models={models} first={first} hasStore={store} />
          ) : (
            <>
              <p>
                No model answers here, so there are no lists to look at. Serve a trained run, and others beside it to
                compare with: its twin, popularity.
              </p>
              <CommandFooter title="From the command line" commands={['tributary serve RUN popularity=OTHER-RUN']} />
            </>
          )
        }
      </Show>
    </>
  )
}
