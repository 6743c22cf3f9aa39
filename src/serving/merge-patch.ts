import type { JsonObject } from './store/store.ts'

/** JSON Merge Patch (RFC 7396): null takes a field away, an object is merged into the one that stands there, all else takes its place. */
export function mergePatch(standing: JsonObject, patch: JsonObject): JsonObject {
  // A map, so that a field may be called `__proto__`.
  const merged = new Map(Object.entries(standing))
  for (const [name, value] of Object.entries(patch)) {
    const before = merged.get(name)
    if (value === null) merged.delete(name)
    else merged.set(name, isObject(value) ? mergePatch(isObject(before) ? before : {}, value) : value)
  }
  return Object.fromEntries(merged)
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
