import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type ModelSpec, TributaryError } from '../core/index.ts'
import { addPlugin, findModel, MODELS, type Plugin } from '../registry.ts'
import type { Manifest } from './manifest.ts'

/**
 * Makes known what the default export of a module brings.
 * @param file from the current folder; TypeScript where Node reads it
 * @throws TributaryError `file-missing`; `file-damaged` where it cannot be loaded; as `addPlugin`
 */
export async function loadPlugin(file: string): Promise<void> {
  const path = resolve(file)
  if (!(await stat(path).catch(() => undefined))?.isFile())
    throw new TributaryError('file-missing', `there is no plug-in at ${file}; give the path of a .mjs, .js or .ts file`)
  const module = (await import(pathToFileURL(path).href).catch((error: unknown) => {
    throw notLoaded(file, error)
  })) as { readonly default?: Plugin }
  if (module.default === undefined)
    throw new TributaryError(
      'bad-argument',
      `the plug-in ${file} has no default export; it must be export default { models: [yours] }`,
    )
  addPlugin(module.default, file)
}

function notLoaded(file: string, error: unknown): TributaryError {
  const code = (error as NodeJS.ErrnoException).code
  const message =
    code === 'ERR_UNKNOWN_FILE_EXTENSION' && /\.[cm]?tsx?$/.test(file)
      ? `the plug-in ${file} is TypeScript, which Node ${process.versions.node} does not read; use Node 22.18 or later, or give a .mjs file`
      : `the plug-in ${file} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`
  return new TributaryError('file-damaged', message, { cause: error })
}

/**
 * The model that a run was trained with.
 * @throws TributaryError `unknown-name`, with the plug-in that is missing
 */
export function modelOfRun(folder: string, { model, plugin }: Manifest): ModelSpec {
  if (plugin !== undefined && !MODELS.some(({ name }) => name === model))
    throw new TributaryError(
      'unknown-name',
      `${folder} is a run of '${model}' from the plug-in ${plugin}, which is not loaded; add --plugin ${plugin}`,
    )
  return findModel(model)
}
