import { plot } from '@observablehq/plot'
import { useEffect, useRef } from 'preact/hooks'
import { save } from './save.tsx'
import { fileName } from './table.tsx'

type Figure = Parameters<typeof plot>[0]

/** A figure of src/pages/charts as an SVG in this page, with its caption below, which can be saved. */
export function Chart({ figure, caption }: { figure: Figure; caption: string }) {
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const drawn = plot({ ...figure, style: { overflow: 'visible' } })
    // The policy of the page lets in no style that is not a file; ours has what is in it.
    for (const style of drawn.querySelectorAll('style')) style.remove()
    drawn.setAttribute('role', 'img')
    for (const group of drawn.querySelectorAll('g[aria-label]')) group.removeAttribute('aria-label')
    place.current!.replaceChildren(drawn)
  }, [figure])
  const saveSvg = () => {
    const svg = place.current?.querySelector('svg')
    if (svg) save(`${fileName(caption)}.svg`, standing(svg), 'image/svg+xml')
  }
  return (
    <figure>
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

/** The text of an SVG that needs no page around it: colors as they are now in place of the page's variables. */
function standing(svg: SVGElement): string {
  const page = getComputedStyle(document.documentElement)
  const text = new XMLSerializer().serializeToString(svg)
  return text.replaceAll(
    /var\((--[\w-]+)\)/g,
    (_, name: string) => page.getPropertyValue(name).trim() || 'currentColor',
  )
}
