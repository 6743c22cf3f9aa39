import { type CompileOptions, compile, type Program } from './compile.ts'
import type { Sym } from './sym.ts'

/** The owner of compiled graphs: what it compiled is freed together. */
export interface Programs {
  /** As `compile`; graphs under one key are the same graph and are compiled once. */
  compile(outputs: Readonly<Record<string, Sym>>, key?: string): Promise<Program>
  /** Frees all programs, those that are still being compiled, too. */
  dispose(): Promise<void>
}

export function createPrograms(options: CompileOptions): Programs {
  const keyed = new Map<string, Promise<Program>>()
  const programs: Promise<Program>[] = []
  return {
    compile(outputs, key) {
      const known = key === undefined ? undefined : keyed.get(key)
      if (known !== undefined) return known
      const program = compile(outputs, options)
      programs.push(program)
      if (key !== undefined) keyed.set(key, program)
      return program
    },
    async dispose() {
      keyed.clear()
      // Whoever asked for a program that could not be compiled was told.
      const made = await Promise.allSettled(programs.splice(0))
      await Promise.all(made.map((one) => one.status === 'fulfilled' && one.value.dispose()))
    },
  }
}
