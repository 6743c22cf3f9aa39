// Makes the picture of the README from a report: its chart of verdicts, with the colors of light and dark pages in itself.
// Usage: npm start -- --no-serve && npx tsx scripts/readme-picture.ts .tributary/quickstart/report.html docs/verdicts.svg
import { readFileSync, writeFileSync } from 'node:fs'
import { parseHTML } from 'linkedom'

const [report, picture] = process.argv.slice(2)
if (report === undefined || picture === undefined) throw new Error('needs the path of a report and that of a picture')
const { document } = parseHTML(readFileSync(report, 'utf8'))
const chart = document.querySelector('svg[aria-label^="difference of"]')
const [colors] =
  /:root \{[\s\S]*?\n\}\n@media[\s\S]*?\n\}/.exec(document.querySelector('style')?.textContent ?? '') ?? []
if (chart === null || colors === undefined) throw new Error(`${report} has no verdicts`)

// An image cannot see the page around it: ground and text change together, so that they can be read on any.
const style = document.createElement('style')
style.textContent = `${colors}\nsvg { background: var(--page); color: var(--text); }`
chart.prepend(style)
chart.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
writeFileSync(picture, `${chart.outerHTML.replaceAll('font-family:inherit', 'font-family:system-ui,sans-serif')}\n`)
