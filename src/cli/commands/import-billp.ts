import { TributaryError } from '../../core/index.ts'
import { type BillpOptions, describeDemonstrations, readBillp, writeDemonstrations } from '../../rl/index.ts'
import { formatDemonstrations } from '../terminal/demonstrations.ts'
import type { Terminal } from '../terminal/terminal.ts'

/** No reader of datasets: what comes out are demonstrations. */
export const BILLP = 'billp'

export interface ImportBillpOptions extends BillpOptions {
  readonly out: string
  readonly overwrite?: boolean
}

/**
 * @param others options of the command that were given and say nothing here
 * @throws TributaryError as `readBillp` and `writeDemonstrations`; `bad-argument` for several folders and for other options
 */
export async function importBillp(
  terminal: Terminal,
  files: readonly string[],
  { out, env, split, overwrite }: ImportBillpOptions,
  others: readonly string[],
): Promise<void> {
  const [folder, ...more] = files
  if (folder === undefined || more.length > 0)
    throw new TributaryError('bad-argument', `import ${BILLP} takes one folder, and ${files.length} were given`)
  if (others.length > 0)
    throw new TributaryError(
      'bad-argument',
      `import ${BILLP} makes demonstrations, of which ${others.join(', ')} says nothing; it takes --out, --env, --split and --overwrite`,
    )
  const { steps, report } = await readBillp(folder, { env, split })
  const origin = { from: BILLP, ...(env && { env }), ...(split && { split }), ...report }
  await writeDemonstrations(out, steps, { overwrite, origin })
  const description = describeDemonstrations(steps)
  if (report.unpaid > 0) terminal.note(`left out: ${report.unpaid} recommendations without a reward`)
  if (report.empty > 0) terminal.note(`left out: ${report.empty} episodes without a recommendation`)
  terminal.report({ out, origin, ...description }, `${out}: ${formatDemonstrations(description)}`)
}
