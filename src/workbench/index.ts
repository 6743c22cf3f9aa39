export { Folders } from './folders.ts'
export { type FoundReport, TransferReports } from './transfer-reports.ts'
export { domainsOf, FALLBACK_RULES, type FallbackRule, type WhatIf, whatIf } from './what-if.ts'
export { Workbench, type WorkbenchOptions } from './workbench.ts'
