export {
  type BatchOptions,
  type Histories,
  prefixBatches,
  type SequenceBatch,
  sequenceBatches,
} from './batches/batches.ts'
export { candidatesFromFile } from './batches/candidates.ts'
export { itemCounts } from './batches/counts.ts'
export { type NegativeSampler, type NegativeScope, negativeSampler, sampleNegatives } from './batches/negatives.ts'
export { type Sequences, trainingSequences } from './batches/sequences.ts'
export { buildDataset, type InteractionColumns, type PartName } from './build/build.ts'
export { cellsOf } from './build/cells.ts'
export { demoWorld } from './build/demo-world.ts'
export { type FilterReport, filterDataset } from './build/filter.ts'
export { datasetOfShared, type SharedDataset, shareDataset } from './build/share.ts'
export type { NamedFeature, NamedSideData, NamedTruth } from './build/side-data.ts'
export { type Description, type DomainDescription, describe } from './describe/describe.ts'
export { formatDescription } from './describe/format.ts'
export { type BadRow, describeBadRow } from './import/bad-rows.ts'
export { type EventType, parseEventTypes, type TypeCount } from './import/event-types.ts'
export { type ImportOptions, type ImportProgress, importDataset } from './import/import.ts'
export { type KeptItemColumn, parseItemColumns } from './import/item-columns.ts'
export type { ImportReport } from './import/report.ts'
export { readers } from './readers/index.ts'
export type { Reader } from './readers/reader.ts'
export { accountOfSplit, type SplitAccount } from './split/account.ts'
export { type Cases, evaluationCases } from './split/cases.ts'
export { type ColdUserRoles, coldUserRoles } from './split/cold-users.ts'
export { type CrossDomainRoles, crossDomainRoles } from './split/cross-domain.ts'
export * from './split/domain-view.ts'
export { defaultSplit, SPLITS, splitDataset } from './split/split.ts'
export { splitTargets } from './split/targets.ts'
export { openDataset, writeDataset } from './store/store.ts'
