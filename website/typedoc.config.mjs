// @ts-check
import { readFileSync } from 'node:fs'

const { exports } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))

/** Every entry of the package has its part of the reference, whichever there are. */
const entryPoints = Object.values(exports).map(({ default: file }) =>
  file.replace('./dist/', '../src/').replace(/\.js$/, '.ts'),
)

export default {
  entryPoints,
  name: 'Tributary',
  tsconfig: '../tsconfig.json',
  basePath: '..',
  readme: '../README.md',
  projectDocuments: ['../docs/**/*.md', '../CONTRIBUTING.md', '../CHANGELOG.md'],
  out: 'dist',
  disableSources: true,
  excludePrivate: true,
  excludeInternal: true,
  githubPages: false,
  plugin: ['./names.mjs'],
  skipErrorChecking: true,
  treatWarningsAsErrors: true,
  validation: {
    notExported: false,
    invalidLink: true,
    notDocumented: false,
  },
  highlightLanguages: ['typescript', 'javascript', 'json', 'sh', 'dockerfile', 'nginx', 'python', 'yaml'],
  includeVersion: true,
  navigation: {
    includeCategories: false,
    includeGroups: false,
    includeFolders: true,
  },
}
