import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'
import GithubSlugger from 'github-slugger'
import MarkdownIt, { type Token } from 'markdown-it'

export const root = fileURLToPath(new URL('../..', import.meta.url))

/** Every page that people read, from the root of the repository. */
export const PAGES: readonly string[] = [
  'README.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  ...readdirSync(join(root, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.md'))
    .map((file) => `docs/${file.replaceAll('\\', '/')}`)
    .sort(),
]

export interface Page {
  readonly links: readonly Link[]
  /** What stands behind `#` in links to its headings, as GitHub makes it. */
  readonly anchors: ReadonlySet<string>
  readonly blocks: readonly Block[]
  /** Code within lines. */
  readonly codes: readonly Code[]
}

export interface Link {
  /** `README.md:12 docs/cli.md#train`. */
  readonly place: string
  /** From the root of the repository; the page itself for `#anchor`. */
  readonly path: string
  readonly anchor: string | undefined
}

export interface Code {
  /** `README.md:12`. */
  readonly place: string
  readonly text: string
}

export interface Block extends Code {
  readonly language: string
  /** What an HTML comment `<!-- given … -->` right before the block declares for it, unseen by readers. */
  readonly given: string
  /** What `<!-- file … -->` before it calls the file that it is the whole of. */
  readonly file: string | undefined
}

const markdown = new MarkdownIt({ html: true })

export function readPage(page: string): Page {
  return parsePage(page, readFileSync(join(root, page), 'utf8'))
}

export function parsePage(page: string, text: string): Page {
  const tokens = markdown.parse(text, {})
  const slugger = new GithubSlugger()
  const links: Link[] = []
  const anchors = new Set<string>()
  const blocks: Block[] = []
  const codes: Code[] = []
  for (const [i, token] of tokens.entries()) {
    const place = `${page}:${(token.map?.[0] ?? 0) + 1}`
    if (token.type === 'fence') {
      const [, kind, comment = ''] = /^<!-- (given|file)\s([\s\S]*?)\s?-->\s*$/.exec(before(tokens, i)) ?? []
      const given = kind === 'given' ? `${comment}\n` : ''
      blocks.push({
        place,
        language: token.info.trim(),
        text: token.content,
        given,
        file: kind === 'file' ? comment : undefined,
      })
    }
    if (token.type !== 'inline') continue
    const children = token.children ?? []
    if (tokens[i - 1]?.type === 'heading_open')
      anchors.add(slugger.slug(children.map(({ content }) => content).join('')))
    for (const child of children) {
      if (child.type === 'code_inline') codes.push({ place, text: child.content })
      const target = child.attrGet('href') ?? child.attrGet('src')
      if (typeof target !== 'string' || /^[a-z]+:/.test(target)) continue
      const [path, anchor] = decodeURI(target).split('#')
      links.push({
        place: `${place} ${target}`,
        path: path === '' ? page : posix.normalize(posix.join(dirname(page), path)),
        anchor,
      })
    }
  }
  return { links, anchors, blocks, codes }
}

function before(tokens: readonly Token[], i: number): string {
  const token = tokens[i - 1]
  return token?.type === 'html_block' ? token.content : ''
}
