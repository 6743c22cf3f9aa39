import { join } from 'node:path'
import type { Command } from 'commander'
import { makeFolder, refuseForeignFiles, writeOwnFile } from '../../files/index.ts'
import {
  agreementTables,
  calibrationText,
  courseTables,
  forecastsTable,
  forecastText,
  guardrailTable,
  metricTable,
  readoutNotes,
  soundTable,
} from '../../pages/readout-text.ts'
import {
  courseOf,
  type Readout,
  readCourse,
  readExperimentOut,
  readForecasts,
} from '../../serving/experiments/readout/index.ts'
import { createCommand, withTerminal } from '../terminal/command.ts'
import { integerFrom, STORE, timeFrom } from '../terminal/options.ts'
import { formatTable } from '../terminal/table.ts'
import type { Style } from '../terminal/terminal.ts'
import { withStore } from './with-store.ts'

interface ReadoutCommandOptions {
  readonly store: string
  readonly out?: string
  readonly at?: number
}

export function experimentReadoutCommand(): Command {
  return createCommand('readout', 'say whether an experiment is sound, what it did in each service, and what to do', [
    'experiment readout mixed-or-twin --store sqlite:tributary.db',
    'experiment readout mixed-or-twin --store sqlite:tributary.db --out readouts/mixed-or-twin',
  ])
    .argument('<name>', 'the experiment')
    .requiredOption(...STORE)
    .option('--out <dir>', 'a folder for readout.json and readout.html')
    .option('--at <time>', 'as it was then, such as 2026-11-29T20:41:00Z (default: now)', timeFrom)
    .action(
      withTerminal<[string, ReadoutCommandOptions]>(async (terminal, name, { store, out, at }) => {
        const files =
          out === undefined ? undefined : { json: join(out, 'readout.json'), page: join(out, 'readout.html') }
        if (files !== undefined) await refuseForeignFiles(files.json, files.page)
        const { signal } = terminal
        const readout = await withStore(store, (opened) =>
          readExperimentOut(opened, name, { now: at ?? Date.now(), signal }),
        )
        if (out !== undefined && files !== undefined) {
          await makeFolder(out)
          await writeOwnFile(files.json, `${JSON.stringify(readout, undefined, 2)}\n`)
          // Loaded here because the libraries that draw take longer to load than most commands to run.
          const { writeReadoutPage } = await import('../../pages/readout.ts')
          await writeReadoutPage(files.page, readout)
        }
        const where = files === undefined ? [] : [`all figures: ${files.json}; plots: ${files.page}`]
        terminal.report(
          { ...readout, ...(files && { report: files.page }) },
          [textOf(readout, terminal.style), ...where].join('\n'),
        )
      }),
    )
}

export function experimentCourseCommand(): Command {
  return createCommand('course', 'what an experiment said at moments from its start until now, from one look', [
    'experiment course mixed-or-twin --store sqlite:tributary.db',
    'experiment course mixed-or-twin --store sqlite:tributary.db --points 60',
  ])
    .argument('<name>', 'the experiment')
    .requiredOption(...STORE)
    .option('--points <n>', 'how many moments', integerFrom(1), 24)
    .action(
      withTerminal<[string, { readonly store: string; readonly points: number }]>(
        async (terminal, name, { store, points }) => {
          const { signal } = terminal
          const moments = await withStore(store, (opened) =>
            readCourse(opened, name, { now: Date.now(), points, signal }),
          )
          const course = courseOf(name, moments)
          const tables = courseTables(course).map(({ title, columns, rows }) =>
            [terminal.style.bold(title), formatTable(columns, rows)].join('\n'),
          )
          terminal.report(course, tables.join('\n\n'))
        },
      ),
    )
}

export function experimentForecastsCommand(): Command {
  const description =
    'what was forecast of experiments, beside what they found: is off-policy evaluation as good as it says?'
  return createCommand('forecasts', description, ['experiment forecasts --store sqlite:tributary.db'])
    .requiredOption(...STORE)
    .action(
      withTerminal<[{ readonly store: string }]>(async (terminal, { store }) => {
        const { signal } = terminal
        const found = await withStore(store, (opened) => readForecasts(opened, { now: Date.now(), signal }))
        const { columns, rows } = forecastsTable(found)
        terminal.report(
          found,
          rows.length === 0
            ? 'no experiment that was stopped has a forecast'
            : [formatTable(columns, rows), '', calibrationText(found)].join('\n'),
        )
      }),
    )
}

/** In the order in which it is to be read, with what to do first and last. */
function textOf(readout: Readout, style: Style): string {
  const { experiment, control, users, decision } = readout
  const sound = soundTable(readout)
  const arms = [readout, ...readout.others]
  const forecast = forecastText(readout)
  const table = ({ columns, rows }: ReturnType<typeof metricTable>) => formatTable(columns, rows)
  return [
    style.bold(`${experiment}: ${decision.says}`),
    [...users]
      .map(([arm, count]) => `${arm} ${count.toLocaleString('en-US')}`)
      .join(' users; ')
      .concat(' users'),
    '',
    formatTable(
      sound.columns.map((column, c) => ({ ...column, wrap: c === 2 })),
      sound.rows,
    ),
    ...agreementTables(readout).flatMap((one) => ['', table(one)]),
    ...arms.flatMap((arm) => [
      ...[...arm.metrics.keys()].flatMap((name) => ['', table(metricTable(arm, control, name))]),
      ...[...arm.guardrails.keys()].flatMap((name) => ['', table(guardrailTable(arm, control, name))]),
    ]),
    '',
    ...arms.flatMap((arm) => [
      style.bold(arms.length > 1 ? `${arm.treatment}: ${arm.decision.says}` : arm.decision.says),
      ...arm.decision.reasons.map((reason) => `  ${reason}`),
    ]),
    ...(forecast === undefined ? [] : ['', forecast]),
    '',
    ...readoutNotes(readout),
  ].join('\n')
}
