// Nothing of Node: pages in a browser show commands, too.

/** A word as a POSIX shell takes it, whatever it holds: what a shell would take apart stands in quotes. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`
}
