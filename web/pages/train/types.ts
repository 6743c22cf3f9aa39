import type { components } from '../../../src/client/api.ts'

type Schemas = components['schemas']
export type SpecOption = Schemas['SpecOption']
export type SpecSummary = Schemas['SpecSummary']
export type Spec = Schemas['Spec']
export type DatasetFolder = Schemas['DatasetFolder']
export type Begun = Schemas['BegunTraining']
