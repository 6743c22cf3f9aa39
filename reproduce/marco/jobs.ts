// Which trainings reproduce/marco.ts asks for, and the setting that validation chose for each model.
import { join } from 'node:path'
import { mean } from '../../src/math/index.ts'
import { findModel } from '../../src/registry.ts'
import { ENTRIES, type Entry, GRID, type Settings, SHARED, TUNING } from './entries.ts'
import { finished, type Job, jobFolder, type Result } from './job.ts'
import { datasetOf, PLACES, type Place, placeName, type Share } from './worlds.ts'

/** A place with a share and a seed: whom users are drawn in, and how everything else is drawn. */
export interface Cell {
  readonly place: Place
  readonly share: Share
  readonly seed: number
}

const slug = (text: string) => text.toLowerCase().replaceAll(/[^a-z0-9.]+/g, '-')
/** Of settings that a model has. */
const known = (model: string, settings: Settings): Settings => {
  const options = Object.keys(findModel(model).config.shape)
  return Object.fromEntries(Object.entries(settings).filter(([name]) => options.includes(name)))
}

/** What an entry may choose from; nothing where it has no steps to make. */
export function gridOf({ model, grid = GRID }: Pick<Entry, 'model' | 'grid'>): Settings[] {
  const settings = grid.map((choice) => known(model, choice))
  return Object.keys(settings[0]).length === 0 ? [] : settings
}

function tuningJobs(entry: Entry): Job[][] {
  const { share, seed } = TUNING
  const places = PLACES.filter((place) => TUNING.places.some((name) => name === placeName(place)))
  return gridOf(entry).map((choice) =>
    places.map((place) => ({
      out: join('tuning', folderOf(entry), slug(JSON.stringify(choice)), jobFolder({ place, share })),
      ...{ place, share, seed, model: entry.model, tests: false },
      set: { ...known(entry.model, SHARED), ...entry.set, ...choice },
    })),
  )
}

/** The folder of an entry's results. */
const folderOf = ({ folder, label }: Entry) => folder ?? slug(label)
const tuner = (entry: Entry) => ENTRIES.find(({ label }) => label === (entry.tunedAs ?? entry.label))!
export const tuningOf = (entry: Entry): Job[] => tuningJobs(tuner(entry)).flat()

/** The mean validation RMSE of each of the grid; nothing while some are missing. */
export async function tried(entry: Entry): Promise<number[] | undefined> {
  const found = await Promise.all(tuningJobs(tuner(entry)).map(finished))
  if (found.some((of) => of.length < TUNING.places.length)) return undefined
  return found.map((of) => mean(of.map(({ validation }) => validation!)))
}

export async function chosen(entry: Entry): Promise<Settings | undefined> {
  const means = await tried(entry)
  return means && (means.length === 0 ? {} : gridOf(tuner(entry))[means.indexOf(Math.min(...means))])
}

/** The trainings of an entry in a cell: one, or one a source. */
export async function jobsOf(entry: Entry, cell: Cell): Promise<Job[]> {
  const choice = await chosen(entry)
  if (choice === undefined) return []
  const { place, share, seed } = cell
  const job = (name: string, more: Settings): Job => ({
    out: join('trained', jobFolder(cell), name, `seed${seed}`),
    ...{ place, share, seed, model: entry.model, warm: entry.warm, tests: true },
    set: { ...known(entry.model, SHARED), ...entry.set, ...choice, ...more },
  })
  if (entry.eachSource !== true) return [job(folderOf(entry), {})]
  const sources = datasetOf(place.log).domains.filter((name) => name !== place.target)
  // With one source it is the model itself.
  if (sources.length === 1) return [job(slug(entry.model), {})]
  return sources.map((source) => job(join(slug(entry.model), slug(source)), { sources: source }))
}

/** What an entry came to in a cell: of several sources the one that did best on validation. */
export async function resultOf(entry: Entry, cell: Cell): Promise<Result | undefined> {
  const jobs = await jobsOf(entry, cell)
  const found = await finished(jobs)
  if (found.length === 0 || found.length < jobs.length) return undefined
  return found.reduce((best, one) => (one.validation! < best.validation! ? one : best))
}
