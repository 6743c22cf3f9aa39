import type { Command } from 'commander'
import { TributaryError } from '../../core/index.ts'
import { refuseForeignFiles } from '../../files/index.ts'
import type { RunGroup } from '../../pages/policies.ts'
import type { LearningCurve } from '../../runs/epochs.ts'
import { modelOfRun } from '../../runs/plugin.ts'
import { openRun, type Run } from '../../runs/run.ts'
import { createCommand, withTerminal } from '../terminal/command.ts'
import { formatTable } from '../terminal/table.ts'

export function reportCommand(): Command {
  return createCommand('report', 'draw the learning curves of runs into one page, the seeds of a model together', [
    'report runs/darlr --out darlr.html',
    'report runs/mbpo-1 runs/mbpo-2 runs/darlr-1 runs/darlr-2 --out policies.html',
  ])
    .argument('<runs...>', 'run directories made by `tributary train`, all of one dataset; unfinished ones too')
    .requiredOption('--out <file>', 'the page to write, one file that needs no network')
    .action(
      withTerminal<[string[], { readonly out: string }]>(async (terminal, folders, { out }) => {
        const runs: Run[] = []
        for (const folder of folders) runs.push(await openRun(folder))
        refuseForeign(runs)
        await refuseForeignFiles(out)
        const groups = await grouped(runs)
        const curves = groups.flatMap(({ name, members }): LearningCurve[] =>
          members.map(({ events }) => ({ name, events })),
        )
        // Loaded here because the libraries that draw take longer to load than most commands to run.
        const { lastQuarter, policyCurves } = await import('../../pages/policies.ts')
        const { writeReport } = await import('../../pages/report.ts')
        const policies = policyCurves(groups)
        const { dataset } = runs[0].manifest
        await writeReport(out, {
          title: `Runs on ${dataset.name}`,
          lead: groups.map(({ name, members }) => `${name} (${seedsOf(members)})`).join('; '),
          curves: curves.filter(({ events }) => events.length > 1),
          ...(policies && { policies }),
        })
        const modes = Object.keys(Object.values(policies?.simulation?.controls ?? {})[0]?.mode ?? {})
        const shown = groups.map(({ name, members }) => ({
          name,
          runs: members.map(({ run, events }) => ({
            folder: run.folder,
            seed: run.manifest.seed,
            ...(modes.length > 0 && {
              lastQuarter: Object.fromEntries(modes.map((mode) => [mode, lastQuarter(events, mode)])),
            }),
          })),
        }))
        terminal.report(
          { report: out, dataset: dataset.name, models: shown },
          [
            formatTable(
              [{ title: 'model' }, { title: 'run' }, { title: 'seed', align: 'right' }],
              shown.flatMap(({ name, runs: own }) => own.map((run) => [name, run.folder, String(run.seed)])),
            ),
            '',
            `report: ${out}`,
          ].join('\n'),
        )
      }),
    )
}

function seedsOf(members: RunGroup['members']): string {
  const seeds = members.map(({ run }) => run.manifest.seed)
  return `${seeds.length === 1 ? 'seed' : 'seeds'} ${seeds.join(', ')}`
}

/** @throws TributaryError `mismatch` for runs of several datasets, or a run that is named twice */
function refuseForeign(runs: readonly Run[]): void {
  const [first] = runs as [Run, ...Run[]]
  for (const [r, { folder, manifest }] of runs.entries()) {
    if (manifest.dataset.hash !== first.manifest.dataset.hash)
      throw new TributaryError(
        'mismatch',
        `${folder} was trained on another dataset (${manifest.dataset.name}) than ${first.folder} (${first.manifest.dataset.name}); a report is of one`,
      )
    if (runs.findIndex((other) => other.folder === folder) !== r)
      throw new TributaryError('bad-argument', `${folder} is named twice; name each run once`)
  }
}

/** Groups runs by model and options, named by the model and whatever options tell it from others of the same model. */
async function grouped(runs: readonly Run[]): Promise<RunGroup[]> {
  const keys = keysOf(runs)
  const groups: RunGroup[] = []
  for (const key of new Set(keys)) {
    const own = runs.filter((_, r) => keys[r] === key)
    const { folder, manifest } = own[0]
    const rivals = runs.filter((other, r) => keys[r] !== key && other.manifest.model === manifest.model)
    const telling = Object.keys(manifest.config).filter((option) =>
      rivals.some((other) => shown(other.manifest.config[option]?.value) !== shown(manifest.config[option]?.value)),
    )
    const splits = rivals.some((other) => other.manifest.split !== manifest.split) ? [manifest.split] : []
    const members = []
    for (const run of own) members.push({ run, events: await run.readMetrics() })
    groups.push({
      name: [
        manifest.model,
        ...splits,
        ...telling.map((option) => `${option}=${shown(manifest.config[option]?.value)}`),
      ].join(':'),
      spec: modelOfRun(folder, manifest),
      members,
    })
  }
  return groups
}

/** Runs of one key differ in their seeds alone; each seed may have a world model of its own. */
function keysOf(runs: readonly Run[]): string[] {
  const keyOf = ({ manifest: { model, split, config, uses = {} } }: Run, whole: boolean) => {
    const options = Object.entries(config).map(([name, { value }]) =>
      !whole && typeof value === 'string' && Object.hasOwn(uses, value) ? [name] : [name, value],
    )
    return JSON.stringify([model, split, options])
  }
  const keys = runs.map((run) => keyOf(run, false))
  return runs.map((run, r) => {
    const seeds = runs.filter((_, other) => keys[other] === keys[r]).map(({ manifest }) => manifest.seed)
    return new Set(seeds).size === seeds.length ? keys[r] : keyOf(run, true)
  })
}

function shown(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}
