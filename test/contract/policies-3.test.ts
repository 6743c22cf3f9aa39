import { holdPoliciesToContract } from './policies.ts'

holdPoliciesToContract(2)
