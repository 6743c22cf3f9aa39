// @ts-check
// TypeDoc names modules and pages by their files; readers know the one by what they import, the other by its heading.
import { readFileSync } from 'node:fs'
import { Application, Converter } from 'typedoc'

/** Subpaths of the package by the folder that each exports. */
const subpaths = new Map(
  Object.entries(JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')).exports).map(
    ([subpath, { default: file }]) => [file.replace('./dist/', 'src/').replace(/\/?index\.js$/, ''), subpath.slice(1)],
  ),
)

/** @param {Application} app */
export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.children ?? [])
      module.name = `tributary-rec${subpaths.get(module.name.replace(/\/$/, '')) ?? `/${module.name}`}`
    for (const document of project.documents ?? []) {
      const file = project.files.getReflectionPath(document)
      const heading = file && /^# (.*)$/m.exec(readFileSync(file, 'utf8'))?.[1]
      if (heading) document.name = heading.replaceAll('`', '')
    }
  })
}
