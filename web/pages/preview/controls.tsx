import type { ComponentChildren } from 'preact'
import { setParams } from '../../url.ts'
import { type Question, type Schemas, WHOEVER } from './question.ts'

/** Which service, how long a list, in which place, and whose lists. */
export function Controls({
  question: { domain, k, placement, why },
  models,
  lists,
  placements,
  isPlaced,
  children,
}: {
  question: Question
  models: readonly Schemas['ServedModel'][]
  lists: readonly string[]
  placements: readonly { readonly name: string }[]
  /** Whether the placement says the service. */
  isPlaced: boolean
  /** What stands before them. */
  children: ComponentChildren
}) {
  const domains = [...new Set(models.flatMap(({ domains }) => domains)).add(domain)]
  const choices = models.length > 1 || placements.length > 0 ? [...models.map(({ name }) => name), WHOEVER] : []
  const toggle = (name: string, isOn: boolean) =>
    setParams({ list: choices.filter((one) => (one === name ? isOn : lists.includes(one))) })
  return (
    <>
      <div class="row">
        {children}
        <label>
          Service{' '}
          <select
            value={domain}
            disabled={isPlaced}
            onChange={(event) => setParams({ service: event.currentTarget.value })}
          >
            {domains.map((name) => (
              <option key={name}>{name}</option>
            ))}
          </select>
        </label>
        {placements.length > 0 && (
          <label>
            Placement{' '}
            <select value={placement} onChange={(event) => setParams({ placement: event.currentTarget.value })}>
              <option value="">none</option>
              {placements.map(({ name }) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </label>
        )}
        <label>
          Length{' '}
          <input
            class="length"
            type="number"
            min={1}
            max={1000}
            value={k}
            onChange={(event) => setParams({ k: event.currentTarget.value })}
          />
        </label>
        <label>
          <input
            type="checkbox"
            checked={why}
            onChange={(event) => setParams({ why: event.currentTarget.checked ? 'yes' : 'no' })}
          />{' '}
          Say why
        </label>
      </div>
      {choices.length > 0 && (
        <fieldset class="row bare">
          <legend class="muted">Lists of</legend>
          {choices.map((name) => (
            <label key={name}>
              <input
                type="checkbox"
                checked={lists.includes(name)}
                onChange={(event) => toggle(name, event.currentTarget.checked)}
              />{' '}
              {name}
              {models
                .find((model) => model.name === name)
                ?.aliases.map((alias) => (
                  <span key={alias} class="muted">
                    {' '}
                    ({alias})
                  </span>
                ))}
            </label>
          ))}
        </fieldset>
      )}
    </>
  )
}
