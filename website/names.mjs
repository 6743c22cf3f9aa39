// @ts-check
// TypeDoc names modules and pages by their files; readers know the one by what they import, the other by its heading.
import { readFileSync } from 'node:fs'
import { Application, Converter } from 'typedoc'

/** @param {Application} app */
export function load(app) {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.children ?? [])
      module.name = module.name.replace(/^src\/?/, 'tributary-rec/').replace(/\/$/, '')
    for (const document of project.documents ?? []) {
      const file = project.files.getReflectionPath(document)
      const heading = file && /^# (.*)$/m.exec(readFileSync(file, 'utf8'))?.[1]
      if (heading) document.name = heading.replaceAll('`', '')
    }
  })
}
