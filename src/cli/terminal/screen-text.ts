import truncatedWidth from 'fast-string-truncated-width'

/**
 * Stands for the escape that begins a color of ours until the text is written: half of a surrogate pair, which no text decoded
 * from bytes can hold. So escapes in names are told from ours.
 */
export const ESCAPE = '\ud800'

/** Controls of terminals, and what turns the direction of writing. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g

/** A text in which whatever would control a terminal is shown instead: `␛` for an escape. `lines`: line breaks stay. */
export function printable(text: string, { lines }: { readonly lines: boolean }): string {
  return text.replace(CONTROLS, (control) => {
    if (lines && (control === '\n' || control === '\t')) return control
    const code = control.charCodeAt(0)
    if (code < 0x20) return String.fromCharCode(0x2400 + code)
    return code === 0x7f ? '␡' : `\\u${code.toString(16).padStart(4, '0')}`
  })
}

/** The beginning of a text that fits, with `…` where it goes on. What has a color is a word of ours, and short. */
export function cut(text: string, width: number): string {
  if (text.includes(ESCAPE)) return text
  const { index, truncated } = truncatedWidth(text, { limit: width, ellipsis: '…' })
  return truncated ? `${text.slice(0, index)}…` : text
}

/** A text in pieces that each fit, wherever that breaks it. */
export function pieces(text: string, width: number): string[] {
  if (visibleWidth(text) <= width) return [text]
  const { index } = truncatedWidth(text, { limit: width })
  return index === 0 ? [text] : [text.slice(0, index), ...pieces(text.slice(index), width)]
}

/** Cells of a screen that a text takes: wide characters take two, colors none. */
export function visibleWidth(text: string): number {
  return truncatedWidth(text.replaceAll(ESCAPE, '\u001b')).width
}
