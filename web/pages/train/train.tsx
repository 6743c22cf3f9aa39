import './train.css'
import { useAnswer } from '../../api.ts'
import { Show } from '../../parts/answered.tsx'
import { param, setParams } from '../../url.ts'
import { Begun } from './begun.tsx'
import { Form } from './form.tsx'
import { Models } from './models.tsx'
import { Watch } from './watch.tsx'

/** A model is chosen, its options are filled in, and its training is watched. */
export default function Train() {
  const model = param('model')
  const watched = param('watch')
  const specs = useAnswer((client, signal) => client.listSpecs({ signal }), [])
  const begun = useAnswer((client, signal) => client.listBegun({ signal }), [], ['trainings'])
  return (
    <>
      <h1>Train a model</h1>
      {watched !== '' && <Watch key={watched} run={watched} />}
      <Show of={begun}>{({ trainings }) => <Begun trainings={trainings} watched={watched} />}</Show>
      <Show of={specs}>
        {({ models, splits }) => {
          const chosen = models.find(({ name }) => name === model)
          if (chosen === undefined) return <Models models={models} missing={model} />
          return (
            <Form
              key={model}
              model={chosen}
              splits={splits}
              leave={() => setParams({ model: '' })}
              begun={begun.reload}
            />
          )
        }}
      </Show>
    </>
  )
}
