import { TributaryError } from '../../core/index.ts'
import { type Embedder, hashedLetters } from './hashed-letters.ts'

export interface Grounding {
  /** Of the catalogue's titles. */
  readonly place: number
  /** `exact`: the title that was asked for; `nearest`: by the cosine of its vector; `none`: its vector says nothing, and the first title stands in. */
  readonly how: 'exact' | 'nearest' | 'none'
  /** 1 for an exact title, 0 for none. */
  readonly similarity: number
}

export interface Grounder {
  ground(requested: readonly string[]): Promise<Grounding[]>
  /** Of all titles that were asked for until now: how many the catalogue does not have. */
  readonly report: { readonly requested: number; readonly outsideCatalogue: number }
}

/**
 * Finds the title of a catalogue for each title that a language model asks for: the same one, letter by letter, else the nearest by the
 * cosine of their vectors; the first of equal ones. The catalogue is embedded when it is first needed.
 * @param titles at least one
 * @throws TributaryError `bad-argument` without titles; `ground`, `bad-shape` for vectors of several lengths, and as the embedder
 */
export function createGrounder(titles: readonly string[], embedder: Embedder = hashedLetters()): Grounder {
  if (titles.length === 0)
    throw new TributaryError('bad-argument', 'a catalogue without titles grounds nothing; give at least one title')
  const exact = new Map<string, number>()
  for (const [place, title] of titles.entries()) if (!exact.has(title)) exact.set(title, place)
  const report = { requested: 0, outsideCatalogue: 0 }
  let catalogue: Promise<Float32Array[]> | undefined
  return {
    report,
    async ground(requested) {
      const strange = requested.filter((title) => !exact.has(title))
      report.requested += requested.length
      report.outsideCatalogue += strange.length
      const found = new Map<string, Grounding>()
      if (strange.length > 0) {
        catalogue ??= unitVectors(embedder, titles)
        const [known, asked] = await Promise.all([catalogue, unitVectors(embedder, strange)])
        for (const [i, title] of strange.entries()) found.set(title, nearest(asked[i], known))
      }
      return requested.map(
        (title) => found.get(title) ?? { place: exact.get(title)!, how: 'exact' as const, similarity: 1 },
      )
    },
  }
}

async function unitVectors(embedder: Embedder, texts: readonly string[]): Promise<Float32Array[]> {
  const vectors = await embedder.embed(texts)
  const width = vectors[0]?.length
  if (vectors.length !== texts.length || vectors.some((vector) => vector.length !== width))
    throw new TributaryError(
      'bad-shape',
      `${embedder.name} gave ${vectors.length} vectors for ${texts.length} texts, of the lengths ${[...new Set(vectors.map(({ length }) => length))].join(', ')}; one a text, all of one length, was expected`,
    )
  return vectors.map((vector) => {
    const norm = Math.hypot(...vector)
    return norm === 0 ? vector : vector.map((value) => value / norm)
  })
}

function nearest(asked: Float32Array, known: readonly Float32Array[]): Grounding {
  let place = 0
  let similarity = 0
  for (const [p, vector] of known.entries()) {
    let product = 0
    for (let d = 0; d < asked.length; d++) product += asked[d] * vector[d]
    if (product > similarity) [place, similarity] = [p, product]
  }
  return { place, how: similarity > 0 ? 'nearest' : 'none', similarity }
}
