import { readFile } from 'node:fs/promises'
import { writeFileAtomic } from '../../src/files/atomic.ts'
import { wrapped } from '../shared/markdown.ts'

const PAGE = 'docs/results/ope.md'

/** Replaces a section of docs/results/ope.md, which several scripts write; what stands outside of sections stays. */
export async function writeSection(name: string, text: string): Promise<void> {
  const [begin, end] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`]
  const page = await readFile(PAGE, 'utf8')
  const [from, to] = [page.indexOf(begin), page.indexOf(end)]
  const section = `${begin}\n${wrapped(text).trim()}\n`
  await writeFileAtomic(
    PAGE,
    from < 0 ? `${page.trimEnd()}\n\n${section}${end}\n` : page.slice(0, from) + section + page.slice(to),
  )
  console.log(`${PAGE}: ${name}`)
}
