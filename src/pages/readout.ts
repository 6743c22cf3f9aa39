import type { PlotOptions } from '@observablehq/plot'
import { nameOfAll } from '../core/index.ts'
import { writeOwnFile } from '../files/index.ts'
import type { ArmReadout, Readout } from '../serving/experiments/readout/index.ts'
import type { Reading, Readings } from '../serving/experiments/readout/readings.ts'
import { VERDICT_COLORS, type Whisker, whiskerChart } from './charts/index.ts'
import { figure } from './draw.ts'
import { facts, legend, page, paragraph, section, table } from './markup.ts'
import { agreementTables, forecastText, guardrailTable, metricTable, readoutNotes, soundTable } from './readout-text.ts'

/**
 * Writes the readout of an experiment as one HTML file without network or script.
 * @throws TributaryError as `writeOwnFile`
 */
export async function writeReadoutPage(path: string, readout: Readout): Promise<void> {
  await writeOwnFile(path, renderReadoutPage(readout))
}

/** In the order in which it is to be read: sound? what happened? what to do? was the forecast right? */
export function renderReadoutPage(readout: Readout): string {
  const { experiment, control, decision, days, users, status } = readout
  const arms = [readout, ...readout.others]
  const forecast = forecastText(readout)
  return page(`${experiment}: ${decision.says}`, lead(readout), [
    facts([
      { name: 'experiment', value: experiment },
      { name: 'state', value: status },
      { name: 'days counted', value: days.toFixed(1) },
      ...[...users].map(([arm, count]) => ({ name: `users of ${arm}`, value: count.toLocaleString('en-US') })),
    ]),
    section('Is it sound?', table(soundTable(readout), checkClass)),
    ...arms.flatMap((arm) => happened(arm, control, readout.due)),
    ...(readout.agreement === undefined
      ? []
      : [section('What nobody saw, beside what was shown', ...agreementTables(readout).map((one) => table(one)))]),
    ...arms.map((arm) =>
      section(
        `What to do about ${arm.treatment}: ${arm.decision.says}`,
        ...(arm.decision.byDomain.size === 0 ? [] : [stepTable(arm)]),
        ...arm.decision.reasons.map((reason) => paragraph(`${reason}.`)),
      ),
    ),
    forecast === undefined ? '' : section('Was the forecast right?', paragraph(forecast)),
    section('How to read it', ...readoutNotes(readout).map(paragraph)),
  ])
}

function stepTable({ decision }: ArmReadout): string {
  const columns = [{ title: 'service' }, { title: 'what to do' }]
  return table({ columns, rows: [...decision.byDomain] }, stepClass)
}

function lead({ mode, control, treatment, others }: Readout): string {
  const how = {
    interleave: 'by lists that both made together',
    shadow: 'whose lists nobody saw',
    ab: 'by users who were given one of them by chance',
    aa: 'by users who were given one of them by chance',
  }
  return `${[treatment, ...others.map((arm) => arm.treatment)].join(', ')} against ${control}, ${how[mode]}.`
}

function happened(arm: ArmReadout, control: string, due: boolean): string[] {
  const metrics = [...arm.metrics.keys()].map((name) =>
    section(
      `What happened: ${name}, ${arm.treatment} against ${control}`,
      ...drawn(arm, name, due),
      table(metricTable(arm, control, name), verdictClass),
    ),
  )
  const guardrails = [...arm.guardrails.keys()]
  if (guardrails.length === 0) return metrics
  const tables = guardrails.map((name) => table(guardrailTable(arm, control, name), verdictClass))
  return [...metrics, section(`What must not get worse, ${arm.treatment} against ${control}`, ...tables)]
}

/** Nothing where there is no interval yet. */
function drawn(arm: ArmReadout, name: string, due: boolean): string[] {
  const readings = arm.metrics.get(name)
  if (readings === undefined) return []
  const found = [readings.overall, ...readings.domains.values()]
  if (!found.some(({ anytime }) => Number.isFinite(anytime.low))) return []
  return [
    legend([
      { name: 'better', color: VERDICT_COLORS.helped },
      { name: 'worse', color: VERDICT_COLORS.harmed },
      { name: 'no difference shown', color: VERDICT_COLORS['no difference'] },
    ]),
    figure(
      intervalsOf(readings, `difference of ${name}`, arm.treatment, due),
      `difference of ${name}; thick lines are 95\u00a0% intervals that hold however often one looks, thin ones those for one look${due ? '' : ', which are not to be read yet'}`,
    ),
  ]
}

/** Per service and for all the difference with both of its intervals, beside zero. */
function intervalsOf(
  readings: Readings<Reading>,
  label: string,
  treatment: string,
  due: boolean,
): (width: number) => PlotOptions {
  const domains = [...readings.domains.keys()]
  const places = [...readings.domains, ...(domains.length > 1 ? [[nameOfAll(domains), readings.overall] as const] : [])]
  const rows = places.map(
    ([place, { difference, anytime, verdict }]): Whisker => ({
      place,
      mean: difference.mean,
      low: anytime.low,
      high: anytime.high,
      once: [difference.low, difference.high],
      verdict: verdict === 'better' ? 'helped' : verdict === 'worse' ? 'harmed' : 'no difference',
    }),
  )
  const says = `${label} of ${treatment} by service, with 95 % intervals`
  return (width) => whiskerChart(rows, { label, says, faint: !due, width })
}

const verdictClass = (cell: string) =>
  cell === 'better' || cell === 'holds' ? 'helped' : cell === 'worse' || cell === 'broken' ? 'harmed' : undefined
const checkClass = (cell: string) => (cell === 'unsound' ? 'harmed' : cell.includes(' ') ? 'sentence' : undefined)
const stepClass = (cell: string) => (cell === 'ship' ? 'helped' : cell === 'roll back' ? 'harmed' : undefined)
