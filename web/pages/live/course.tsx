import { useCallback, useMemo } from 'preact/hooks'
import type { Answer } from '../../../src/client/index.ts'
import { courseChart } from '../../../src/pages/charts/index.ts'
import { useAnswer } from '../../api.ts'
import { Show } from '../../parts/answered.tsx'
import { Chart } from '../../parts/chart.tsx'
import { DataTable } from '../../parts/table.tsx'
import { param, setParams } from '../../url.ts'
import { colorOf, count, drawn, isKnown, plain, probability, signed, when } from './words.ts'

/** How the interval narrowed since the start. */
export function Course({ name }: { name: string }) {
  const course = useAnswer(
    (client, signal) => client.readExperimentCourse({ path: { name }, query: { points: 24 }, signal }),
    [name],
  )
  return (
    <section>
      <h3>Over time</h3>
      <Show of={course}>{(course) => <CourseOf course={course} />}</Show>
    </section>
  )
}

function CourseOf({ course: { control, moments } }: { course: Answer<'readExperimentCourse'> }) {
  const last = moments.at(-1)
  const choices = (last?.arms ?? []).flatMap(({ treatment, metrics }, arm) =>
    Object.entries(metrics).flatMap(([metric, { domains }]) =>
      [undefined, ...Object.keys(domains)].map((domain) => ({
        ...{ arm, metric, domain },
        title: `${metric}, ${treatment}${domain === undefined ? '' : ` in ${domain}`}`,
      })),
    ),
  )
  const chosen = choices.find(({ title }) => title === param('course')) ?? choices[0]
  const rows = useMemo(
    () =>
      moments.flatMap((moment) => {
        const placed = chosen && moment.arms[chosen.arm]?.metrics[chosen.metric]
        const one = chosen?.domain === undefined ? placed?.overall : placed?.domains[chosen.domain]
        return one === undefined ? [] : [{ ...moment, ...one }]
      }),
    [moments, chosen?.title],
  )
  // Of a handful the interval is so wide that all others would be a line beside it.
  const shown = rows.filter(({ verdict, low }) => verdict !== 'too few users' && isKnown(low))
  const figure = useCallback(
    (width: number) =>
      courseChart(
        shown.map(({ at, mean, low, high, verdict }) => ({
          time: new Date(at),
          mean: mean ?? Number.NaN,
          low: low ?? Number.NaN,
          high: high ?? Number.NaN,
          verdict: drawn(verdict),
        })),
        { label: chosen?.title ?? '', width: Math.min(width, 860), tips: true },
      ),
    [rows],
  )
  if (chosen === undefined) return <p class="muted">Nothing was measured yet.</p>
  return (
    <>
      <p>
        <label>
          Metric{' '}
          <select
            value={chosen.title}
            onChange={({ currentTarget: { value } }) => setParams({ course: value }, { replace: true })}
          >
            {choices.map(({ title }) => (
              <option key={title}>{title}</option>
            ))}
          </select>
        </label>
      </p>
      {shown.length > 0 ? (
        <Chart
          figure={figure}
          caption={`Difference of ${chosen.title} against ${control} over time, with 95 % intervals that hold however often one looks; not while there were too few users`}
        />
      ) : (
        <p class="muted">There is no interval yet: too few users did anything.</p>
      )}
      <details>
        <summary>{rows.length} moments as a table</summary>
        <DataTable
          name={`course of ${chosen.title}`}
          rowKey={({ at }) => String(at)}
          rows={rows}
          columns={[
            { title: 'read at (UTC)', text: ({ at }) => when(at) },
            { title: 'verdict', text: ({ verdict }) => verdict, class: ({ verdict }) => colorOf(verdict) },
            { title: 'users', number: true, text: ({ users }) => count(users) },
            { title: 'difference', number: true, text: ({ mean }) => plain(mean), show: ({ mean }) => signed(mean) },
            {
              title: '95 %',
              number: true,
              text: ({ low, high }) => (isKnown(low) && isKnown(high) ? `[${signed(low)}, ${signed(high)}]` : '–'),
            },
            {
              title: 'sound?',
              text: ({ sound }) => sound,
              class: ({ sound }) => (sound === 'unsound' ? 'harmed' : undefined),
            },
            {
              title: 'SRM p',
              number: true,
              text: ({ srm }) => plain(srm.sequential),
              show: ({ srm }) => probability(srm.sequential),
            },
          ]}
        />
      </details>
    </>
  )
}
