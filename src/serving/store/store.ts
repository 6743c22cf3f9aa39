import type { Decision } from '../decision.ts'

/** Whatever JSON can hold under names. */
export type JsonObject = Readonly<Record<string, unknown>>

/** What happened, as a product tells it. It has names, not ids: events outlive every training. */
export interface Event {
  /** Who tells of it. `id` is unique among its events, so that telling twice does not count twice. */
  readonly source: string
  readonly id: string
  /** `view`, `purchase`, …; `impression` says that a list was seen. */
  readonly type: string
  readonly user: string
  readonly item?: string | undefined
  readonly domain?: string | undefined
  /** Milliseconds since 1970. */
  readonly timestamp: number
  readonly value?: number | undefined
  readonly session?: string | undefined
  /** The id of the decision that led to it. */
  readonly recommendation?: string | undefined
  /** The place of the item in that decision, 1 is first. */
  readonly rank?: number | undefined
  /** Items that were seen, of an impression. */
  readonly shown?: readonly string[] | undefined
  readonly properties?: JsonObject | undefined
}

export interface StoredEvent extends Event {
  /** Grows with every event; the order in which they were acknowledged. */
  readonly sequence: number
  /** Milliseconds since 1970. */
  readonly received: number
}

/** As it is told. */
export interface NewEvent extends Omit<Event, 'timestamp'> {
  /** Milliseconds since 1970; absent: the time of receipt, and whoever tells again without one tells the same. */
  readonly timestamp?: number | undefined
}

/** `conflict`: another event of this source has the id already; the first one stays. */
export type Appended = 'accepted' | 'duplicate' | 'conflict'

export interface AppendOutcome {
  /** One an event, in their order. */
  readonly outcomes: readonly Appended[]
  /** What was appended is among the events up to it. */
  readonly sequence: number
}

/** What a user did, as models read it. */
export interface UserHistory {
  /** Events that have an item and are none of `impression`, by time and then by sequence, oldest first. */
  readonly events: readonly StoredEvent[]
  /**
   * Of the last event of the user, whatever its type, or of what else changed the history (a merge); 0 where there is none. A
   * history with the same sequence is the same.
   */
  readonly sequence: number
}

export interface StoredUser {
  readonly user: string
  readonly properties: JsonObject
}

/** An item as the product knows it, trained or not. */
export interface StoredItem {
  readonly item: string
  readonly domain: string
  /** Never recommended while it is true. */
  readonly hidden: boolean
  /** Milliseconds since 1970; recommended from then on, and until then. */
  readonly availableFrom?: number | undefined
  readonly availableUntil?: number | undefined
  readonly categories: readonly string[]
  readonly title?: string | undefined
  readonly properties: JsonObject
}

/** An item with the number of its last change, by which replicas catch up. `removed`: it was deleted, and only its name counts. */
export interface ItemChange {
  readonly revision: number
  readonly removed: boolean
  readonly item: StoredItem
}

/** What else is kept under a name, a few of each: small, read whole, changed seldom. */
export type DocumentKind = 'placement' | 'alias' | 'model' | 'experiment' | 'job' | 'key'

export interface StoredDocument {
  readonly name: string
  /** Grows with every change of any document. */
  readonly revision: number
  readonly body: JsonObject
}

/** A page of something long. */
export interface Page<T> {
  readonly rows: readonly T[]
  /** Give it as `after` for the next page; absent after the last. */
  readonly next?: string | undefined
}

export interface EventFilter {
  readonly user?: string | undefined
  /** Milliseconds since 1970, of `timestamp`: from `since`, before `until`. */
  readonly since?: number | undefined
  readonly until?: number | undefined
  /** Of an earlier page. */
  readonly after?: string | undefined
  readonly limit: number
}

export interface ItemFilter {
  readonly domain?: string | undefined
  readonly after?: string | undefined
  readonly limit: number
}

export interface DecisionFilter {
  readonly user?: string | undefined
  readonly since?: number | undefined
  readonly until?: number | undefined
  readonly after?: string | undefined
  readonly limit: number
}

/** The arm that a user or a session was first answered by in an experiment; it stays, whatever weights become. */
export interface Assignment {
  readonly experiment: string
  /** The user, or the session where that is what arms are given to. */
  readonly unit: string
  readonly arm: string
  /** Of the list. Milliseconds since 1970. */
  readonly at: number
  /** Whose session it is, where that was said. */
  readonly user?: string | undefined
  /** Another arm was met, too: before two names became one, or while weights were changed. */
  readonly several: boolean
}

/** An assignment that a server may not find by itself: it came from another name of the user, or another arm was met, too. */
export interface MovedAssignment extends Assignment {
  /** Grows with every one. */
  readonly revision: number
  /** A name by which the unit is asked for: its own, or one that was merged into it. One entry each. */
  readonly name: string
}

export interface AssignmentFilter {
  readonly experiment: string
  readonly after?: string | undefined
  readonly limit: number
}

/**
 * Where a serving process keeps what must outlive it. What a call has resolved is on disk and seen by every process of the same
 * store. One conformance suite holds all stores to this.
 * @throws TributaryError every method: `store-failed` where the store is full, locked, damaged or gone, `bad-argument` for a cursor that no
 * page gave
 */
export interface Store {
  /** All of a batch in one transaction, in their order; with others that wait, in one commit. */
  appendEvents(events: readonly NewEvent[]): Promise<AppendOutcome>
  /**
   * The last `limit` events of a user.
   * @param upTo a sequence: the history as it was then, without what came later
   */
  history(user: string, limit: number, upTo?: number): Promise<UserHistory>
  /** The sequence that `history` would give; far cheaper, for whoever keeps what he made of a history. */
  historySequence(user: string): Promise<number>
  /** In the order of their sequences. */
  events(filter: EventFilter): Promise<Page<StoredEvent>>
  /** The largest that was given out, 0 before the first event. */
  lastSequence(): Promise<number>
  /** How many events came after a sequence. */
  countEvents(after: number): Promise<number>
  /**
   * Deletes events that are kept elsewhere by now. Their ids are forgotten, too.
   * @param until milliseconds since 1970, of `timestamp`: those before it
   * @param upTo a sequence: what came later stays
   * @returns how many
   */
  forgetEvents(until: number, upTo: number): Promise<number>

  putUser(user: StoredUser): Promise<void>
  /** Merges properties into those of a user; null takes one away. What others change meanwhile is not lost. */
  patchUser(user: StoredUser): Promise<StoredUser>
  /** A user who has events is there, too, without properties. */
  user(name: string): Promise<StoredUser | undefined>
  /** Names of users who have events or properties, by their bytes. */
  users(page: { readonly after?: string | undefined; readonly limit: number }): Promise<Page<string>>
  /** Deletes all that is known of a user: properties, events, decisions, assignments, merges. Whether there was anything. */
  eraseUser(name: string): Promise<boolean>
  /**
   * Gives events and decisions of one user to another, now and whenever `from` is told of again: from then on both names are those
   * of one user, whatever is asked of either. Properties of `from` fill up those of `into`. Of two arms of an experiment the first stays.
   */
  mergeUsers(from: string, into: string): Promise<void>

  putItems(items: readonly StoredItem[]): Promise<void>
  /**
   * Merges a change into an item; null takes a field away. What others change meanwhile is not lost.
   * @param otherwise what it is merged into where there never was such an item
   * @returns undefined where there is none
   */
  patchItem(name: string, patch: JsonObject, otherwise?: StoredItem): Promise<StoredItem | undefined>
  item(name: string): Promise<StoredItem | undefined>
  deleteItem(name: string): Promise<boolean>
  items(filter: ItemFilter): Promise<Page<StoredItem>>
  /** Changes after a revision, in their order, the last one of each item alone. */
  itemChanges(after: number, limit: number): Promise<readonly ItemChange[]>

  /**
   * On disk soon, not at once: an answer does not wait for its record. `flush` waits. A later one of the same id takes its place. The first one
   * of a user or a session in an experiment assigns the arm.
   */
  putDecision(decision: Decision): void
  decision(id: string): Promise<Decision | undefined>
  decisions(filter: DecisionFilter): Promise<Page<Decision>>

  /** @param unit a user, by whatever name, or a session */
  assignment(experiment: string, unit: string): Promise<Assignment | undefined>
  /** By unit. */
  assignments(filter: AssignmentFilter): Promise<Page<Assignment>>
  /** Those of all experiments that servers have to be told of, by their revisions and names. */
  movedAssignments(page: {
    readonly after?: string | undefined
    readonly limit: number
  }): Promise<Page<MovedAssignment>>

  documents(kind: DocumentKind): Promise<readonly StoredDocument[]>
  document(kind: DocumentKind, name: string): Promise<StoredDocument | undefined>
  /**
   * @param expected the revision that must stand there, 0 for none; absent: whatever stands there
   * @returns the new revision; undefined where another one stood there
   */
  putDocument(kind: DocumentKind, name: string, body: JsonObject, expected?: number): Promise<number | undefined>
  /** What was assigned in an experiment goes with it. */
  deleteDocument(kind: DocumentKind, name: string): Promise<boolean>
  /** The largest revision of documents, of items and of moved assignments: what replicas ask every moment. */
  revisions(): Promise<{ readonly documents: number; readonly items: number; readonly assignments: number }>

  /** How many there are of each; takes a look at all of them. */
  counts(): Promise<{
    readonly events: number
    readonly users: number
    readonly items: number
    readonly decisions: number
  }>

  /** Records of this process that are not on disk yet, and those that were given up since the store could not take them. */
  readonly decisionsWaiting: number
  readonly decisionsLost: number
  /** False as soon as `close` was called. */
  readonly isOpen: boolean
  /** Resolves when all that was put is on disk. */
  flush(): Promise<void>
  close(): Promise<void>
}
