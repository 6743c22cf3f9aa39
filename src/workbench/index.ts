export { Workbench, type WorkbenchOptions } from './workbench.ts'
