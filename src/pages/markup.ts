import { PAGE_MARK } from '../files/index.ts'
import type { TextTable } from './compare-text.ts'
import { THEME } from './theme.ts'

/** Text as HTML text or attribute value. Whatever comes from a log or a user passes through here. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

export function section(title: string, ...parts: readonly string[]): string {
  return `<section>\n<h2>${escapeHtml(title)}</h2>\n${parts.filter((part) => part !== '').join('\n')}\n</section>`
}

export function paragraph(text: string): string {
  return `<p>${escapeHtml(text)}</p>`
}

/** What may be wider than the screen can be scrolled by keyboard too, and says what it is. */
function scrollable(content: string, name: string): string {
  return `<div class="scroll" tabindex="0" role="region" aria-label="${escapeHtml(name)}">${content}</div>`
}

/** Names with their colors; with their dashes too, where they are lines. */
export function legend(
  entries: readonly { readonly name: string; readonly color: string; readonly dash?: string }[],
): string {
  const items = entries.map(({ name, color, dash }) => {
    const line = `<line x1="0" x2="24" y1="5" y2="5" stroke="${color}" stroke-width="3" stroke-dasharray="${dash}"/>`
    const look =
      dash === undefined
        ? `<i style="background:${color}"></i>`
        : `<svg width="24" height="10" aria-hidden="true">${line}</svg>`
    return `<li>${look}${escapeHtml(name)}</li>`
  })
  return `<ul class="legend">${items.join('')}</ul>`
}

export function facts(entries: readonly { readonly name: string; readonly value: string }[]): string {
  const items = entries.map(({ name, value }) => `<div><dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd></div>`)
  return `<dl>${items.join('')}</dl>`
}

/** Content that is there for those who look for it. */
export function details(summary: string, content: string): string {
  return content === '' ? '' : `<details>\n<summary>${escapeHtml(summary)}</summary>\n${content}\n</details>`
}

/** `mark` gives a cell a class, by its text. */
export function table(
  { columns, rows, best = [] }: TextTable,
  mark: (cell: string) => string | undefined = () => undefined,
): string {
  const attributes = (column: number, cell?: string, row?: number) => {
    const { title, align } = columns[column]
    const names = [
      align === 'right' ? 'number' : '',
      title === VERDICT ? 'verdict' : '',
      (cell !== undefined && mark(cell)) || '',
      row !== undefined && best[row]?.includes(column) ? 'best' : '',
    ].filter(Boolean)
    return names.length > 0 ? ` class="${names.join(' ')}"` : ''
  }
  const head = columns.map(({ title }, c) => `<th scope="col"${attributes(c)}>${escapeHtml(title)}</th>`).join('')
  const body = rows.map((row, r) => {
    const [first, ...others] = row.map((cell, c) => ({ text: escapeHtml(cell), attributes: attributes(c, cell, r) }))
    const cells = others.map((cell) => `<td${cell.attributes}>${cell.text}</td>`).join('')
    return `<tr><th scope="row"${first.attributes}>${first.text}</th>${cells}</tr>`
  })
  const content = `<table><thead><tr>${head}</tr></thead><tbody>\n${body.join('\n')}\n</tbody></table>`
  return scrollable(content, `${columns.map(({ title }) => title).join(', ')}`)
}

/** The column that is the answer of a table: it stays in sight where the others are scrolled. */
const VERDICT = 'verdict'

/** A whole page that needs neither network nor script; the policy in its head holds it to that. */
export function page(title: string, lead: string, content: readonly string[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
${PAGE_MARK}
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<header>
<h1>${escapeHtml(title)}</h1>
${lead === '' ? '' : `<p class="lead">${escapeHtml(lead)}</p>`}
</header>
${content.join('\n')}
</main>
</body>
</html>
`
}

const STYLE = `${THEME}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 940px; margin: 0 auto; padding: 48px 32px 80px; }
h1 { font-size: 30px; line-height: 1.2; letter-spacing: -.01em; margin: 0 0 8px; overflow-wrap: anywhere; }
h2 { font-size: 20px; line-height: 1.3; margin: 0 0 10px; overflow-wrap: anywhere; }
h3 { font-size: 15px; margin: 20px 0 4px; }
section { margin-top: 44px; }
p { margin: 0 0 14px; max-width: 72ch; color: var(--muted); }
.lead { font-size: 18px; }
dl { display: flex; flex-wrap: wrap; gap: 14px 36px; margin: 24px 0 0; padding: 16px 20px; background: var(--shade); border-radius: 8px; }
dl div { max-width: 100%; }
dt { font-size: 12px; color: var(--muted); }
dd { margin: 0; font-size: 15px; overflow-wrap: anywhere; }
figure { margin: 8px 0 20px; }
figure svg { display: block; max-width: 100%; height: auto; }
.narrow { display: none; }
@media screen and (max-width: 760px) { .wide { display: none; } .narrow { display: block; } }
figcaption { font-size: 13px; color: var(--muted); margin-top: 4px; max-width: 90ch; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(400px, 100%), 1fr)); gap: 8px 28px; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 18px; list-style: none; margin: 0 0 6px; padding: 0; font-size: 14px; }
.legend i { display: inline-block; width: 11px; height: 11px; border-radius: 3px; margin-right: 6px; }
.legend svg { margin-right: 6px; vertical-align: middle; }
/* Shadows at the edges, covered where there is nothing more to scroll to. */
.scroll { overflow-x: auto; margin: 0 0 20px; background:
  linear-gradient(to right, var(--page) 40%, transparent) left / 48px 100% no-repeat local,
  linear-gradient(to left, var(--page) 40%, transparent) right / 48px 100% no-repeat local,
  linear-gradient(to right, var(--line), transparent) left / 16px 100% no-repeat scroll,
  linear-gradient(to left, var(--line), transparent) right / 16px 100% no-repeat scroll; }
.scroll:focus-visible { outline: 2px solid var(--series-0); outline-offset: 2px; }
table { border-collapse: collapse; width: 100%; font-size: 14px; font-variant-numeric: tabular-nums; }
th, td { padding: 7px 10px; text-align: left; border-bottom: 1px solid var(--line); }
td, thead th + th { white-space: nowrap; }
td.sentence { white-space: normal; min-width: 22em; }
th:first-child { min-width: 9em; }
thead th { font-weight: 600; color: var(--muted); background: var(--shade); }
tbody th, .legend { overflow-wrap: anywhere; }
tbody th { font-weight: 500; }
.verdict:last-child { position: sticky; right: 0; background: var(--page); box-shadow: -10px 0 8px -8px var(--axis); }
thead .verdict:last-child { background: var(--shade); }
@media (max-width: 560px) { main { padding: 24px 16px 48px; } th, td { padding: 6px 7px; } th:first-child { min-width: 6em; } td.sentence { min-width: 13em; } }
summary { cursor: pointer; color: var(--muted); margin-bottom: 12px; }
.number { text-align: right; }
.best { font-weight: 700; }
.helped { color: var(--helped); font-weight: 600; }
.harmed { color: var(--harmed); font-weight: 600; }
@media print { main { padding: 0; } section { break-inside: avoid; } }
`
