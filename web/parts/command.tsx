import { shellWord } from '../../src/core/shell.ts'
import { CopyButton } from './save.tsx'

/** At the foot of a page: the command that says the same. */
export function CommandFooter({ commands }: { commands: readonly string[] }) {
  return (
    <footer class="command">
      <h2>The same from the command line</h2>
      {commands.map((command) => (
        <p key={command}>
          <code>{command}</code> <CopyButton text={() => command} />
        </p>
      ))}
    </footer>
  )
}

/** A command to paste into a shell; what a shell would take apart stands in quotes. */
export function commandLine(...words: readonly string[]): string {
  return ['tributary', ...words.map(shellWord)].join(' ')
}
