import { useRef } from 'preact/hooks'
import { useKeys } from '../../keys.ts'
import { CommandFooter, commandLine } from '../../parts/command.tsx'
import { Link } from '../../parts/link.tsx'
import { param, setParams } from '../../url.ts'
import type { SpecSummary } from './types.ts'

/** In words that people search by. */
const TASKS: Readonly<Record<SpecSummary['task'], string>> = {
  ranking: 'what comes next',
  ctr: 'whether a user will click or like',
  rating: 'how a user will rate',
  policy: 'what keeps a user for a long session',
}

/** Every model there is, found by task and words. */
export function Models({ models, missing }: { models: readonly SpecSummary[]; missing: string }) {
  const field = useRef<HTMLInputElement>(null)
  useKeys({ '/': () => field.current?.focus() })
  const words = param('q').toLowerCase().split(/\s+/)
  const task = param('task')
  const found = models.filter(
    (one) =>
      (task === '' || one.task === task) &&
      words.every((word) =>
        [one.name, one.summary, one.paper?.title, one.paper?.venue, one.paper?.year]
          .join(' ')
          .toLowerCase()
          .includes(word),
      ),
  )
  return (
    <section aria-labelledby="models">
      <h2 id="models">Which model?</h2>
      {missing !== '' && (
        <p class="failure">
          There is no model called <bdi>{missing.slice(0, 60)}</bdi>; choose another.
        </p>
      )}
      <div class="toolbar">
        <label>
          Predicts{' '}
          <select value={task} onChange={(event) => setParams({ task: event.currentTarget.value }, { replace: true })}>
            <option value="">anything</option>
            {Object.entries(TASKS).map(([name, text]) => (
              <option key={name} value={name}>
                {text} ({name})
              </option>
            ))}
          </select>
        </label>
        <label class="filter">
          Search <kbd>/</kbd>{' '}
          <input
            ref={field}
            type="search"
            placeholder="cross-domain, Transformer, popularity …"
            value={param('q')}
            onInput={(event) => setParams({ q: event.currentTarget.value }, { replace: true })}
          />
        </label>
      </div>
      <p class="muted" aria-live="polite">
        {found.length} of {models.length} models
      </p>
      {Object.entries(TASKS).map(([task, text]) => {
        const own = found.filter((one) => one.task === task)
        return (
          own.length > 0 && (
            <section key={task}>
              <h3>
                To predict {text} ({task})
              </h3>
              <List models={own} />
            </section>
          )
        )
      })}
      <CommandFooter commands={[commandLine('models')]} />
    </section>
  )
}

function List({ models }: { models: readonly SpecSummary[] }) {
  return (
    <ul class="models">
      {models.map(({ name, summary, paper, plugin }) => (
        <li key={name}>
          <Link to={['train']} with={{ model: name, dataset: param('dataset'), watch: param('watch') }}>
            {name}
          </Link>
          <span>{summary}</span>
          {(paper ?? plugin) && (
            <span class="muted">{paper ? `${paper.title}, ${paper.venue} ${paper.year}` : plugin}</span>
          )}
        </li>
      ))}
    </ul>
  )
}
