import { holdToContract } from './models.ts'

holdToContract(2)
