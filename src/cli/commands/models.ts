import type { Command } from 'commander'
import { describeConfig } from '../../core/index.ts'
import { MODELS } from '../../registry.ts'
import { commandLine, createCommand, withTerminal } from '../terminal/command.ts'
import { formatTable } from '../terminal/table.ts'

export function modelsCommand(): Command {
  return createCommand('models', 'list the models', ['models', 'models --json', 'help sasrec']).action(
    withTerminal<[object]>(async (terminal) => {
      const models = MODELS.map(({ name, task, summary, paper, config }) => ({
        name,
        task,
        summary,
        ...(paper && { paper }),
        options: describeConfig(config),
      }))
      const table = formatTable(
        [{ title: 'model' }, { title: 'task' }, { title: 'what it is', wrap: true }],
        models.map(({ name, task, summary }) => [name, task, summary]),
      )
      terminal.report({ models }, `${table}\n\nthe options of one: ${commandLine('help', 'MODEL')}`)
    }),
  )
}
