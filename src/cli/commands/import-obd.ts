import { TributaryError } from '../../core/index.ts'
import { importObd } from '../../ope/index.ts'
import { commandLine } from '../terminal/command.ts'
import { formatCount } from '../terminal/progress.ts'
import type { Terminal } from '../terminal/terminal.ts'

/** No reader of datasets: what comes out are logs for `tributary ope`. */
export const OBD = 'obd'

/**
 * @param others options of the command that were given and say nothing here
 * @throws TributaryError as `importObd`; `bad-argument` for several folders and for other options
 */
export async function importObdLogs(
  terminal: Terminal,
  files: readonly string[],
  { out, overwrite }: { readonly out: string; readonly overwrite?: boolean },
  others: readonly string[],
): Promise<void> {
  const [folder, ...more] = files
  if (folder === undefined || more.length > 0)
    throw new TributaryError('bad-argument', `import ${OBD} takes one folder, and ${files.length} were given`)
  if (others.length > 0)
    throw new TributaryError(
      'bad-argument',
      `import ${OBD} makes logs, of which ${others.join(', ')} says nothing; it takes --out and --overwrite`,
    )
  const report = await importObd(folder, out, { overwrite, signal: terminal.signal })
  const other = { random: 'bts', bts: 'random' } as const
  terminal.report(
    { out, ...report },
    [
      ...report.logs.map(
        ({ policy, file, rows, clicks, items }) =>
          `${file}: ${formatCount(rows)} shown items, ${formatCount(clicks)} clicks, ${formatCount(items)} items, served by ${policy}`,
      ),
      ...report.logs.map(({ policy, file }) => `next: ${commandLine('ope', '--log', file, '--policy', other[policy])}`),
    ].join('\n'),
  )
}
