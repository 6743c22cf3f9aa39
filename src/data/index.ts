export { type BadRow, describeBadRow } from './bad-rows.ts'
export { type BatchOptions, batchCount, prefixBatches, type SequenceBatch, sequenceBatches } from './batches.ts'
export { buildDataset, type InteractionColumns, type PartName } from './build.ts'
export { type Cases, evaluationCases } from './cases.ts'
export { cellsOf } from './cells.ts'
export { itemCounts, lossCatalogue } from './counts.ts'
export { type CrossDomainRoles, crossDomainRoles } from './cross-domain-split.ts'
export { demoWorld } from './demo-world.ts'
export { type Description, type DomainDescription, describe } from './describe.ts'
export { type FilterReport, filterDataset } from './filter.ts'
export { formatDescription } from './format-description.ts'
export {
  type ImportOptions,
  type ImportProgress,
  type ImportReport,
  importDataset,
} from './import.ts'
export { type NegativeSampler, type NegativeScope, negativeSampler, sampleNegatives } from './negatives.ts'
export { readers } from './readers/index.ts'
export type { Reader } from './readers/reader.ts'
export { type Sequences, trainingSequences } from './sequences.ts'
export type { NamedFeature, NamedSideData, NamedTruth } from './side-data.ts'
export { defaultSplit, SPLITS, splitDataset } from './split.ts'
export { accountOfSplit, type SplitAccount } from './split-account.ts'
export { openDataset, writeDataset } from './store.ts'
