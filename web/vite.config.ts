import { fileURLToPath } from 'node:url'
import * as numbers from 'd3-format'
import * as maps from 'd3-geo'
import * as palettes from 'd3-scale-chromatic'
import * as dates from 'd3-time-format'
import { defineConfig } from 'vite'
import { THEME } from '../src/pages/theme.ts'

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Files of Plot and what it is made of, by what stands in their place: lines here go straight from point to point, legends are ours, bars say where they begin, and nothing is counted in a browser. */
const INSTEAD: readonly (readonly [RegExp, string])[] = [
  [
    /plot\/src\/curve\.js$/,
    `import { curveLinear } from 'd3'
    export const curveAuto = (context) => curveLinear(context), maybeCurve = () => curveLinear, maybeCurveAuto = () => curveAuto`,
  ],
  [
    /plot\/src\/legends\.js$/,
    'export const legend = undefined, createLegends = () => [], exposeLegends = () => undefined',
  ],
  [
    /plot\/src\/transforms\/bin\.js$/,
    'export const maybeDenseIntervalX = (options) => options, maybeDenseIntervalY = maybeDenseIntervalX, bin = undefined, binX = undefined, binY = undefined, maybeThresholds = undefined',
  ],
  [
    /plot\/src\/transforms\/group\.js$/,
    'export const maybeReduce = undefined, find = undefined, group = undefined, groupX = undefined, groupY = undefined, groupZ = undefined, hasOutput = undefined, maybeGroup = undefined, maybeGroupOutputs = undefined, maybeSubgroup = undefined, maybeOutputs = undefined',
  ],
  [
    /plot\/src\/transforms\/stack\.js$/,
    'export const maybeStackX = (options) => options, maybeStackY = maybeStackX, stackX = undefined, stackX1 = undefined, stackX2 = undefined, stackY = undefined, stackY1 = undefined, stackY2 = undefined',
  ],
  [
    /plot\/src\/projection\.js$/,
    'const none = () => {}\nexport const hasProjection = () => false, getGeometryChannels = () => [], createProjection = none, project = none, projectionAspectRatio = none, applyPosition = none, xyProjection = none',
  ],
  [
    /plot\/src\/scales\/schemes\.js$/,
    'const none = () => {}\nexport const isCategoricalScheme = () => false, isDivergingScheme = isCategoricalScheme, ordinalScheme = none, ordinalRange = none, maybeBooleanRange = none, quantitativeScheme = none',
  ],
  [
    /plot\/src\/scales\/diverging\.js$/,
    'export const createScaleDiverging = undefined, createScaleDivergingSqrt = undefined, createScaleDivergingPow = undefined, createScaleDivergingLog = undefined, createScaleDivergingSymlog = undefined',
  ],
  // Pages bring nothing of their own that could be fetched before them.
  [/vite\/preload-helper\.js$/, 'export const __vitePreload = (load) => load()'],
  [/plot\/src\/marker\.js$/, 'export const markers = () => {}, applyMarkers = markers, applyGroupedMarkers = markers'],
]

/** Parts of Plot, a seventh of all that would be sent: no figure here is a map, colors are those of the theme, and axes say themselves how their numbers read. */
const UNUSED: Readonly<Record<string, readonly string[]>> = {
  'd3-format': Object.keys(numbers),
  'd3-geo': Object.keys(maps),
  'd3-scale-chromatic': Object.keys(palettes),
  'd3-time-format': Object.keys(dates),
}

/** Of d3 itself: shapes of dots other than circles, spaces and scales of color, for which no figure asks. */
const UNASKED = [
  ...[
    'Asterisk',
    'Cross',
    'Diamond',
    'Diamond2',
    'Plus',
    'Square',
    'Square2',
    'Star',
    'Times',
    'Triangle',
    'Triangle2',
    'Wye',
  ].map((shape) => `symbol${shape}`),
  ...['symbolsFill', 'symbolsStroke', 'interpolateHcl', 'interpolateHsl', 'interpolateLab'],
  ...['scaleQuantile', 'scaleSymlog', 'scaleThreshold', 'quantize', 'piecewise'],
]
const D3 = here('../node_modules/d3/dist/d3.mjs')

export default defineConfig({
  root: here('.'),
  // The server says where it is mounted.
  base: './',
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact', development: false } },
  build: {
    outDir: here('../dist/web'),
    emptyOutDir: true,
    target: 'es2022',
    // One sheet, and no code that fetches several before a page: it would be longer than what it saves.
    cssCodeSplit: false,
    modulePreload: false,
    // Everything a file of its own, which the policy lets in.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    // The pages together are a tenth less than each by itself, and the next one is there at once.
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: 'figures', test: /observablehq|\/d3-|src\/pages\/charts/, priority: 2 },
            { name: 'shell', test: /\/web\/\w+\.|\/web\/parts\/(?!chart)|preact|src\/client/, priority: 1 },
            { name: 'pages', test: /\/web\/(pages|parts)\// },
          ],
        },
      },
    },
  },
  plugins: [
    {
      name: 'theme',
      resolveId: (id) => (id === 'virtual:theme.css' ? '\0theme.css' : null),
      load: (id) => (id === '\0theme.css' ? THEME : null),
    },
    {
      // What d3 works out when it is loaded can be left out where nobody asks for it; a bundler has to be told that it may.
      name: 'unasked',
      transform: (code, id) =>
        /\/d3-[\w-]+\/dist\//.test(id)
          ? code.replaceAll(/^(var [\w$]+ = )(?=\(function|[\w$]+\()/gm, '$1/*#__PURE__*/ ')
          : undefined,
    },
    {
      name: 'unused',
      enforce: 'pre',
      resolveId: (id) => (id === 'd3' || Object.hasOwn(UNUSED, id) ? `\0${id}` : null),
      load: (id) => {
        if (id === '\0d3')
          return `export * from ${JSON.stringify(D3)}\nexport const ${UNASKED.join(' = undefined, ')} = undefined`
        const names = id.startsWith('\0') ? UNUSED[id.slice(1)] : undefined
        const instead = INSTEAD.find(([file]) => file.test(id))
        if (instead !== undefined) return instead[1]
        return names && `const none = () => String\nexport { ${names.map((name) => `none as ${name}`)} }`
      },
    },
  ],
})
