export { createDemonstrator, type DemonstratorOptions } from './app.ts'
export { type Knowledge, type KnownTitle, knowledgeOf, readTitles } from './knowledge.ts'
export { RECORDED_MODEL, recordedAnswers } from './recorded.ts'
export { LEVELS, type Level, scriptedAnswers, scriptedModel } from './scripted.ts'
