import { plot } from '@observablehq/plot'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import { finished, named, type SeriesLook } from '../../src/pages/charts/index.ts'
import { save } from './save.tsx'
import { fileName } from './table.tsx'

type Figure = NonNullable<Parameters<typeof plot>[0]>

/**
 * A figure of src/pages/charts as an SVG in this page, with its caption below, which can be saved. As a function it is drawn as wide as
 * its place is; keep the function from one drawing to the next (`useCallback`), since another one is drawn again. Only what is near
 * what the reader sees is drawn.
 */
export function Chart({
  figure,
  caption,
  legend,
}: {
  figure: Figure | ((width: number) => Figure)
  caption: string
  /** Of `looksOf`, where the chart does not name its series itself. */
  legend?: readonly SeriesLook[]
}) {
  const place = useRef<HTMLDivElement>(null)
  const [width, setWidth] = useState(0)
  const [near, setNear] = useState(false)
  useLayoutEffect(() => {
    const element = place.current!
    const size = new ResizeObserver(() => setWidth(element.clientWidth))
    const sight = new IntersectionObserver(([entry]) => entry!.isIntersecting && setNear(true), { rootMargin: '800px' })
    size.observe(element)
    sight.observe(element)
    return () => {
      size.disconnect()
      sight.disconnect()
    }
  }, [])
  const asked = typeof figure === 'function' ? width : 1
  useEffect(() => {
    if (!near || asked === 0) return
    const drawn = named(plot(finished(typeof figure === 'function' ? figure(asked) : figure)))
    // The policy of the page lets in no style that is not a file; ours has what is in it.
    for (const style of drawn.querySelectorAll('style')) style.remove()
    place.current!.replaceChildren(drawn)
  }, [figure, asked, near])
  const saveSvg = () => {
    const svg = place.current?.querySelector('svg')
    if (svg) save(`${fileName(caption)}.svg`, standing(svg), 'image/svg+xml')
  }
  return (
    <figure>
      {legend !== undefined && <Legend looks={legend} />}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what can be scrolled must be reached by keyboard */}
      <section class="scroll" tabIndex={0} aria-label={caption} ref={place} />
      <figcaption>
        {caption}{' '}
        <button type="button" class="quiet" onClick={saveSvg}>
          Save as SVG
        </button>
      </figcaption>
    </figure>
  )
}

/** Names of series with their colors and dashes, as charts draw them. */
export function Legend({ looks }: { looks: readonly SeriesLook[] }) {
  return (
    <ul class="legend">
      {looks.map(({ name, color, dash }) => (
        <li key={name}>
          <svg width="24" height="10" aria-hidden="true">
            <line x1="0" x2="24" y1="5" y2="5" stroke={color} stroke-width="3" stroke-dasharray={dash} />
          </svg>{' '}
          {name}
        </li>
      ))}
    </ul>
  )
}

/** The text of an SVG that needs no page around it: ground, font and colors as they are now in place of the page's. */
function standing(svg: SVGElement): string {
  const page = getComputedStyle(document.documentElement)
  const alone = svg.cloneNode(true) as SVGElement
  Object.assign(alone.style, {
    background: 'var(--page)',
    color: 'var(--text)',
    fontFamily: 'system-ui, sans-serif',
    whiteSpace: 'pre',
  })
  return new XMLSerializer()
    .serializeToString(alone)
    .replaceAll(/var\((--[\w-]+)\)/g, (_, name: string) => page.getPropertyValue(name).trim() || 'currentColor')
}
