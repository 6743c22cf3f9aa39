export { type Answers, openAnswers } from './answers.ts'
export { BUDGET_FORMS, type Budget, costOf, type Prices, parseBudget, type Spent } from './budget.ts'
export {
  type ChatQuestion,
  type Client,
  type ClientOptions,
  createClient,
  EndpointRefused,
  type Message,
  NOTHING_TO_SAY,
  type Usage,
} from './client.ts'
export { type Endpoint, endpointOf } from './endpoint.ts'
