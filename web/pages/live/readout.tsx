import { useCallback } from 'preact/hooks'
import type { Answer } from '../../../src/client/index.ts'
import { whiskerChart } from '../../../src/pages/charts/index.ts'
import { Chart } from '../../parts/chart.tsx'
import { type Column, DataTable } from '../../parts/table.tsx'
import { change, colorOf, count, drawn, isKnown, nameOfAll, plain, probability } from './words.ts'

type Read = Answer<'readExperimentOut'>
type Arm = Read['others'][number]
type Placed = Arm['metrics'][string] | Arm['guardrails'][string]
type Reading = Placed['overall']

const CHECKS: Readonly<Record<string, string>> = {
  srm: 'users as planned (SRM)',
  exposures: 'one arm a user',
  preExposure: 'alike before',
  eventLoss: 'events arrive',
  shortLists: 'full lists',
  latency: 'equally fast',
  reach: 'same people by service',
  weeks: 'whole weeks',
}
const LIGHTS: Readonly<Record<string, string>> = { sound: '●', caution: '▲', unsound: '■', 'not judged': '○' }

/** In the order in which it is to be read: sound? what happened? what to do? was the forecast right? */
export function ReadoutView({ readout }: { readout: Read }) {
  const { decision, days, users, sound, control, others, due, agreement, forecast } = readout
  const srm = sound.srm?.status ?? 'not judged'
  return (
    <>
      <p class={`lead ${colorOf(decision.kind) ?? ''}`}>{decision.says}</p>
      <dl class="now">
        <div>
          <dt>users as planned (SRM)</dt>
          <dd class={colorOf(srm)}>
            {LIGHTS[srm]} {srm}
          </dd>
        </div>
        {Object.entries(users).map(([arm, number]) => (
          <div key={arm}>
            <dt>users of {arm}</dt>
            <dd>{count(number)}</dd>
          </div>
        ))}
        <div>
          <dt>days counted</dt>
          <dd>{days.toFixed(1)}</dd>
        </div>
      </dl>
      <ul>
        {decision.reasons.map((reason) => (
          <li key={reason}>{reason}</li>
        ))}
      </ul>
      <h3>Is it sound?</h3>
      <DataTable
        name="is it sound"
        rowKey={([check]) => check}
        rows={Object.entries(sound)}
        columns={[
          { title: 'check', text: ([check]) => CHECKS[check] ?? check },
          {
            title: 'verdict',
            text: ([, { status }]) => status,
            show: ([, { status }]) => `${LIGHTS[status]} ${status}`,
            class: ([, { status }]) => (status === 'unsound' ? 'harmed' : undefined),
          },
          { title: 'why', text: ([, { says }]) => says },
        ]}
      />
      {[readout, ...others].map((arm) => (
        <Happened key={arm.treatment} arm={arm} control={control} due={due} />
      ))}
      {agreement !== undefined &&
        Object.entries(agreement).map(([arm, { overall, domains }]) => (
          <DataTable
            key={arm}
            name={`lists of ${arm} that nobody saw, beside those that were shown`}
            rowKey={([place]) => place}
            rows={[...Object.entries(domains), [nameOfAll(Object.keys(domains)), overall] as const]}
            columns={[
              { title: 'service', text: ([place]) => place },
              { title: 'lists', number: true, text: ([, one]) => count(one.lists) },
              { title: 'same items', number: true, text: ([, { overlap }]) => percent(overlap) },
              { title: 'same first item', number: true, text: ([, { first }]) => percent(first) },
            ]}
          />
        ))}
      {forecast !== undefined && (
        <p>
          Forecast by {forecast.source}: {change(forecast.expected)}. Found: {change(forecast.found)}:{' '}
          {forecast.right ? 'as foretold' : 'not as foretold'}.
        </p>
      )}
    </>
  )
}

const percent = (share: number | null) => (share === null ? '–' : `${(100 * share).toFixed(0)} %`)

function Happened({ arm, control, due }: { arm: Arm; control: string; due: boolean }) {
  const { treatment, metrics, guardrails, decision } = arm
  return (
    <>
      {Object.entries(metrics).map(([name, placed]) => (
        <section key={name}>
          <h3>
            {name}: {treatment} against {control}
          </h3>
          <Intervals name={name} placed={placed} due={due} />
          <Places name={`${name}, ${treatment}`} placed={placed} control={control} treatment={treatment} />
        </section>
      ))}
      {Object.entries(guardrails).map(([name, placed]) => (
        <section key={name}>
          <h3>
            Must not get worse: {name}, by at most {percent(placed.overall.margin)}
          </h3>
          <Places name={`${name}, ${treatment}`} placed={placed} control={control} treatment={treatment} />
        </section>
      ))}
      {Object.keys(decision.byDomain).length > 0 && (
        <p>
          {Object.entries(decision.byDomain).map(([domain, step], i) => (
            <span key={domain}>
              {i > 0 && ', '}
              {domain}: <span class={colorOf(step)}>{step}</span>
            </span>
          ))}
        </p>
      )}
    </>
  )
}

function rowsOf({ overall, domains }: Placed): (readonly [string, Reading])[] {
  const names = Object.keys(domains)
  return [...Object.entries(domains), ...(names.length === 1 ? [] : [[nameOfAll(names), overall] as const])]
}

function Intervals({ name, placed, due }: { name: string; placed: Placed; due: boolean }) {
  const rows = rowsOf(placed).filter(([, { anytime }]) => isKnown(anytime.low) && isKnown(anytime.high))
  const figure = useCallback(
    (width: number) =>
      whiskerChart(
        rows.map(([place, { difference, anytime, verdict }]) => ({
          place,
          mean: difference.mean ?? 0,
          low: anytime.low ?? 0,
          high: anytime.high ?? 0,
          verdict: drawn(verdict),
          ...(isKnown(difference.low) &&
            isKnown(difference.high) && { once: [difference.low, difference.high] as const }),
        })),
        {
          label: `difference of ${name}`,
          says: `Difference of ${name} by service with 95 % intervals`,
          faint: !due,
          width,
        },
      ),
    [placed],
  )
  if (rows.length === 0) return <p class="muted">There is no interval yet: too few users did anything.</p>
  return (
    <Chart
      figure={figure}
      caption={`Difference of ${name}; thick: 95 % intervals that hold however often one looks, thin: for one look${due ? '' : ', not to be read yet'}`}
    />
  )
}

function Places(props: { name: string; placed: Placed; control: string; treatment: string }) {
  const { name, placed, control, treatment } = props
  const columns: Column<readonly [string, Reading]>[] = [
    { title: 'service', text: ([place]) => place },
    { title: 'verdict', text: ([, { verdict }]) => verdict, class: ([, { verdict }]) => colorOf(verdict) },
    { title: 'users', number: true, text: ([, { users }]) => count(users) },
    {
      title: control,
      number: true,
      text: ([, one]) => plain(one.control),
      show: ([, one]) => one.control?.toFixed(4) ?? '–',
    },
    {
      title: treatment,
      number: true,
      text: ([, one]) => plain(one.treatment),
      show: ([, one]) => one.treatment?.toFixed(4) ?? '–',
    },
    {
      title: 'difference, 95 % however often one looks',
      number: true,
      text: ([, { difference, anytime }]) => change({ ...anytime, mean: difference.mean }),
    },
    { title: 'p', number: true, text: ([, { p }]) => plain(p), show: ([, { p }]) => probability(p) },
  ]
  return <DataTable name={name} rowKey={([place]) => place} rows={rowsOf(placed)} columns={columns} />
}
