// What every model of Tributary is held to, held against one's own: npx vitest run successor.test.mjs
import { cycle, holdToContract } from 'tributary-rec/contract'
import { successor } from './successor.mjs'

holdToContract(successor, { learns: cycle, seedless: 'counting draws no numbers' })
