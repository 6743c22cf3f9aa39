import type { Command } from 'commander'
import { unknownName } from '../../core/index.ts'
import { MODELS } from '../../registry.ts'
import { createCommand, withTerminal } from '../terminal/command.ts'
import { configSchema } from '../terminal/config.ts'
import { describeModel } from '../terminal/model-help.ts'

/** @param program holds the commands that help can be asked about */
export function helpCommand(program: Command): Command {
  return createCommand('help', 'explain a command, or a model and its options', [
    'help train',
    'help sasrec',
    'help config',
  ])
    .argument('[topic]', 'a command, a model, or config: the JSON schema of the files that --config reads')
    .action(
      withTerminal<[string | undefined, object]>(async (terminal, topic) => {
        if (topic === 'config') {
          const schema = configSchema(program)
          terminal.report(schema, JSON.stringify(schema, undefined, 2))
          return
        }
        const command = topic === undefined ? program : program.commands.find((known) => known.name() === topic)
        const model = MODELS.find((known) => known.name === topic)
        if (command === undefined && model === undefined)
          throw unknownName('command or model', topic!, [
            ...program.commands.map((known) => known.name()),
            ...MODELS.map((known) => known.name),
          ])
        const text = command ? helpOf(command) : describeModel(model!)
        terminal.report({ topic: topic ?? 'tributary', text }, text)
      }),
    )
}

/** The whole help of a command, examples included, which commander only writes and does not return. */
function helpOf(command: Command): string {
  let text = ''
  command.configureOutput({
    writeOut: (part) => {
      text += part
    },
  })
  command.outputHelp()
  return text
}
