import { TributaryError } from '../../core/errors.ts'

/**
 * How the tables came to be, one step after the other; a step that was released is never changed. Names sort by their bytes, so that pages are the
 * same everywhere.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE counters (name TEXT NOT NULL PRIMARY KEY, value BIGINT NOT NULL);
  INSERT INTO counters (name, value) VALUES ('events', 0), ('items', 0), ('documents', 0);

  CREATE TABLE events (
    seq BIGINT NOT NULL PRIMARY KEY,
    source TEXT NOT NULL, id TEXT NOT NULL, type TEXT NOT NULL, user_name TEXT NOT NULL, item TEXT, domain TEXT,
    timestamp BIGINT NOT NULL, value DOUBLE PRECISION, session TEXT, recommendation TEXT, rank BIGINT,
    shown TEXT, properties TEXT, received BIGINT NOT NULL,
    UNIQUE (source, id)
  );
  CREATE INDEX events_of_user ON events (user_name, seq);
  CREATE INDEX histories ON events (user_name, timestamp, seq) WHERE item IS NOT NULL AND type <> 'impression';

  CREATE TABLE users (user_name TEXT NOT NULL PRIMARY KEY, properties TEXT, changed BIGINT NOT NULL);
  CREATE TABLE merges (from_name TEXT NOT NULL PRIMARY KEY, into_name TEXT NOT NULL);
  CREATE INDEX merges_into ON merges (into_name);

  CREATE TABLE items (
    item TEXT NOT NULL PRIMARY KEY,
    domain TEXT NOT NULL, hidden BIGINT NOT NULL, available_from BIGINT, available_until BIGINT,
    categories TEXT NOT NULL, title TEXT, properties TEXT NOT NULL,
    revision BIGINT NOT NULL, removed BIGINT NOT NULL
  );
  CREATE INDEX item_changes ON items (revision);

  CREATE TABLE decisions (id TEXT NOT NULL PRIMARY KEY, at BIGINT NOT NULL, user_name TEXT, body TEXT NOT NULL);
  CREATE INDEX decisions_by_time ON decisions (at, id);
  CREATE INDEX decisions_of_user ON decisions (user_name, at, id);

  CREATE TABLE documents (
    kind TEXT NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL, revision BIGINT NOT NULL,
    PRIMARY KEY (kind, name)
  );
  `,
  `
  INSERT INTO counters (name, value) VALUES ('assignments', 0);
  CREATE TABLE assignments (
    experiment TEXT NOT NULL, unit TEXT NOT NULL, arm TEXT NOT NULL, at BIGINT NOT NULL, user_name TEXT,
    by_session BIGINT NOT NULL, several BIGINT NOT NULL, revision BIGINT NOT NULL,
    PRIMARY KEY (experiment, unit)
  );
  CREATE INDEX assignments_of_user ON assignments (user_name);
  CREATE INDEX moved_assignments ON assignments (revision) WHERE revision > 0;
  `,
]

/**
 * The steps that a store still needs.
 * @param version how many it has had; undefined where its database has tables, but none of a store
 * @throws TributaryError `store-failed` where a newer Tributary wrote it, or it is no store
 */
export function migrationsAfter(version: number | undefined, store: string): readonly string[] {
  if (version === undefined)
    throw new TributaryError('store-failed', `${store} holds tables of something else; give it a database of its own`)
  if (version > MIGRATIONS.length)
    throw new TributaryError(
      'store-failed',
      `${store} was written by a newer Tributary (its tables have version ${version}, this one knows ${MIGRATIONS.length}), and there is no way back; update Tributary`,
    )
  return MIGRATIONS.slice(version)
}

/** A step as SQLite takes it: with strict tables and integers of 64 bits. */
export function forSqlite(step: string): string {
  return step
    .replaceAll('seq BIGINT NOT NULL PRIMARY KEY', 'seq INTEGER PRIMARY KEY')
    .replaceAll('BIGINT', 'INTEGER')
    .replaceAll('DOUBLE PRECISION', 'REAL')
    .replaceAll(/CREATE TABLE [^;]*\)(?=;)/g, '$& STRICT')
}

/** A step as Postgres takes it: with names that sort by their bytes. */
export function forPostgres(step: string): string {
  return step.replaceAll(/ TEXT\b/g, ' TEXT COLLATE "C"')
}
