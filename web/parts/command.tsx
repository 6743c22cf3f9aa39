import { shellWord } from '../../src/core/shell.ts'
import { CopyButton } from './save.tsx'

interface CommandFooterProps {
  /** Where there are several, each with what it does before it. */
  readonly commands: readonly (string | readonly [does: string, command: string])[]
  readonly title?: string
}

/** At the foot of a page: the command that says the same. */
export function CommandFooter({ commands, title = 'The same from the command line' }: CommandFooterProps) {
  return (
    <footer class="command">
      <h2>{title}</h2>
      {commands.map((one) => {
        const [does, command] = typeof one === 'string' ? ['', one] : one
        return (
          <p key={command}>
            {does !== '' && <span class="muted">{does}: </span>}
            <code>{command}</code> <CopyButton text={() => command} />
          </p>
        )
      })}
    </footer>
  )
}

/** A command to paste into a shell; what a shell would take apart stands in quotes. */
export function commandLine(...words: readonly string[]): string {
  return ['tributary', ...words.map(shellWord)].join(' ')
}
