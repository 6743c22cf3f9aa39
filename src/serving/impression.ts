/**
 * The type of the events that say which items of a list were seen. In a file without schemas: those of requests must be made after the
 * server has taught them to describe themselves, and a command that only reads a store must not be what makes them.
 */
export const IMPRESSION = 'impression'
