import { mix } from '../../math/index.ts'

/** Texts as vectors of one length, whose cosine tells how alike they are: letters, or what an embeddings endpoint says. */
export interface Embedder {
  /** For messages. */
  readonly name: string
  /** A vector a text, in order; zeros where a text says nothing. */
  embed(texts: readonly string[]): Promise<readonly Float32Array[]>
}

/** What comes after is not looked at: a title is shorter, and whoever writes more has not written a title. */
const LONGEST = 400

/**
 * A text as its words and its runs of two to four letters, each counted at a place of the vector that its hash says, with a sign that
 * the hash says, so that what falls together cancels out. Case, accents and width of letters do not count, signs between them neither
 * (quotes, brackets, ™), unless a text has nothing else. Needs no model and gives the same vector everywhere.
 */
export function hashedLetters({ width = 512 }: { readonly width?: number } = {}): Embedder {
  return {
    name: 'hashed letters',
    embed: async (texts) => texts.map((text) => vectorOf(text, width)),
  }
}

function vectorOf(text: string, width: number): Float32Array {
  const vector = new Float32Array(width)
  const add = (piece: string, weight: number) => {
    let hash = 0
    for (let i = 0; i < piece.length; i++) hash = mix(hash, piece.charCodeAt(i))
    hash = mix(hash, piece.length) >>> 0
    vector[(hash >>> 1) % width] += (hash & 1) === 0 ? weight : -weight
  }
  for (const word of words(text)) {
    add(`#${word}`, 2)
    const letters = [...`^${word}$`]
    for (let size = 2; size <= 4; size++)
      for (let i = 0; i + size <= letters.length; i++) add(letters.slice(i, i + size).join(''), 1)
  }
  return vector
}

function words(text: string): string[] {
  const cut = text.slice(0, LONGEST)
  // ™ would become the letters tm.
  const folded = cut
    .replace(/[™®©℠]/g, ' ')
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
  const found = folded.match(/[\p{L}\p{N}]+/gu)
  return found ?? cut.trim().split(/\s+/).filter(Boolean)
}
