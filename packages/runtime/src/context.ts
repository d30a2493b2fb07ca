/**
 * The types of `ctx`, which the database passes to each handler. There is no code here: the database makes the values.
 *
 * @module
 */

/** A statement and its parameters, apart: what `ctx.db.sql` gives. */
export interface Sql {
  /** The text, with `$1`, `$2`, … where the parameters go. */
  readonly sql: string;
  /** The parameters in order. PostgreSQL infers their types from the statement. */
  readonly params?: readonly unknown[] | undefined;
}

/** A query builder's statement: anything with `toSQL()`. */
export interface ToSql {
  /** Gives the statement. */
  toSQL(): Sql;
}

/** A row: its columns by name. Give your own type to `query<T>()` to say more. */
export type Row = Record<string, unknown>;

/** What `exec` gives. */
export interface ExecResult<T = Row> {
  /** How many rows the statement touched or gave. */
  readonly rowCount: number;
  /** The rows of a `select` or of `returning`; else empty. */
  readonly rows: T[];
}

/** How a cursor goes through its rows. */
export interface CursorOptions {
  /** Rows that are fetched at a time; 500 unless given. */
  readonly fetchSize?: number | undefined;
  /** Whether it can go backwards; false unless given. */
  readonly scroll?: boolean | undefined;
}

/**
 * Rows in portions. It is closed when a loop over it ends, and at the end of the call. A number of rows is whole, or
 * an infinity for all that there are; negative goes backwards, for which `scroll` must be set.
 */
export interface Cursor<T = Row> extends AsyncIterableIterator<T, undefined> {
  /** Gives the next rows, fewer when there are no more. */
  fetch(count: number | bigint): Promise<T[]>;
  /** Goes past rows, and gives how many there were. */
  move(count: number | bigint): Promise<number>;
  /** Closes it; a second time does nothing. */
  close(): Promise<void>;
  /** Closes it, and ends a loop. */
  return(value?: undefined): Promise<IteratorResult<T, undefined>>;
}

/** A {@link Cursor} of `ctx.db.sync`. */
export interface SyncCursor<T = Row> extends IterableIterator<T, undefined> {
  /** Gives the next rows, fewer when there are no more. */
  fetch(count: number | bigint): T[];
  /** Goes past rows, and gives how many there were. */
  move(count: number | bigint): number;
  /** Closes it; a second time does nothing. */
  close(): void;
  /** Closes it, and ends a loop. */
  return(value?: undefined): IteratorResult<T, undefined>;
}

/** A statement of a batch: a text, a text with its parameters, or an object. */
export type BatchStatement = string | readonly [text: string, params?: readonly unknown[]] | Sql | ToSql;

/** A name with or without a schema: `"item"`, `"app.item"`, `["app", "an.item"]`. It is taken as it is written. */
export type ObjectName = string | readonly [name: string] | readonly [schema: string, name: string];

/** How rows are inserted. */
export interface InsertOptions {
  /** The columns; without it they are the keys of the first row, and every row has these and no others. */
  readonly columns?: readonly string[] | undefined;
  /** Rows of one statement; 1000 unless given. */
  readonly chunk?: number | undefined;
}

/** The arguments of a function: by position, or by name. */
export type CallArguments = readonly unknown[] | Readonly<Record<string, unknown>>;

/** Texts for the places that parameters cannot take; as `quote_literal`, `quote_ident` and `quote_nullable` in SQL. */
export interface Quote {
  /** A literal; null for null. */
  literal(value: string | number | bigint | boolean): string;
  literal(value: string | number | bigint | boolean | null | undefined): string | null;
  /** A name, in quotes where it needs them. */
  ident(name: string): string;
  /** A literal, or `NULL`. */
  nullable(value: string | number | bigint | boolean | null | undefined): string;
}

/** The methods of `ctx.db`, giving their result in a promise. */
export interface Db extends DbInfo {
  /** Runs a statement and gives its rows. */
  query<T = Row>(text: string, params?: readonly unknown[]): Promise<T[]>;
  query<T = Row>(statement: Sql | ToSql): Promise<T[]>;
  /** Runs a statement and gives its rows and how many there were; `returning` works. */
  exec<T = Row>(text: string, params?: readonly unknown[]): Promise<ExecResult<T>>;
  exec<T = Row>(statement: Sql | ToSql): Promise<ExecResult<T>>;
  /** Gives the only row. No row is an error with SQLSTATE P0002, a second one is P0003. */
  one<T = Row>(text: string, params?: readonly unknown[]): Promise<T>;
  one<T = Row>(statement: Sql | ToSql): Promise<T>;
  /** Gives the only row, or null if there is none. A second one is an error with SQLSTATE P0003. */
  maybeOne<T = Row>(text: string, params?: readonly unknown[]): Promise<T | null>;
  maybeOne<T = Row>(statement: Sql | ToSql): Promise<T | null>;
  /** Runs a function in a subtransaction: if it throws, what it did is undone, and the error is thrown on. */
  savepoint<T>(work: () => T | PromiseLike<T>): Promise<T>;
  /** Goes through the rows of a query in portions. */
  cursor<T = Row>(text: string, params?: readonly unknown[], options?: CursorOptions): Cursor<T>;
  cursor<T = Row>(statement: Sql | ToSql, options?: CursorOptions): Cursor<T>;
  /** Runs statements in one subtransaction, all or none. An error's `index` says which of them failed. */
  batch(statements: readonly BatchStatement[]): Promise<ExecResult[]>;
  /** Inserts rows, all or none, and gives how many were inserted. */
  insert(table: ObjectName, rows: readonly object[], options?: InsertOptions): Promise<number>;
  /** Calls a SQL function or procedure: a value, an object for a composite, an array for a set. */
  call<T = unknown>(name: ObjectName, args?: CallArguments): Promise<T>;
  /** Commits and begins a new transaction: in a procedure or `DO` block that may. Else SQLSTATE 2D000. */
  commit(): Promise<void>;
  /** Rolls back and begins a new transaction, where {@link Db.commit} would be allowed. */
  rollback(): Promise<void>;
  /** The same methods without promises. SPI is synchronous, so that nothing is lost by it. */
  readonly sync: DbSync;
}

/** The methods of `ctx.db.sync`, giving their result at once. */
export interface DbSync extends DbInfo {
  /** Runs a statement and gives its rows. */
  query<T = Row>(text: string, params?: readonly unknown[]): T[];
  query<T = Row>(statement: Sql | ToSql): T[];
  /** Runs a statement and gives its rows and how many there were; `returning` works. */
  exec<T = Row>(text: string, params?: readonly unknown[]): ExecResult<T>;
  exec<T = Row>(statement: Sql | ToSql): ExecResult<T>;
  /** Gives the only row. No row is an error with SQLSTATE P0002, a second one is P0003. */
  one<T = Row>(text: string, params?: readonly unknown[]): T;
  one<T = Row>(statement: Sql | ToSql): T;
  /** Gives the only row, or null if there is none. A second one is an error with SQLSTATE P0003. */
  maybeOne<T = Row>(text: string, params?: readonly unknown[]): T | null;
  maybeOne<T = Row>(statement: Sql | ToSql): T | null;
  /** Runs a function in a subtransaction: if it throws, what it did is undone, and the error is thrown on. */
  savepoint<T>(work: () => T): T;
  /** Goes through the rows of a query in portions. */
  cursor<T = Row>(text: string, params?: readonly unknown[], options?: CursorOptions): SyncCursor<T>;
  cursor<T = Row>(statement: Sql | ToSql, options?: CursorOptions): SyncCursor<T>;
  /** Runs statements in one subtransaction, all or none. An error's `index` says which of them failed. */
  batch(statements: readonly BatchStatement[]): ExecResult[];
  /** Inserts rows, all or none, and gives how many were inserted. */
  insert(table: ObjectName, rows: readonly object[], options?: InsertOptions): number;
  /** Calls a SQL function or procedure: a value, an object for a composite, an array for a set. */
  call<T = unknown>(name: ObjectName, args?: CallArguments): T;
  /** Commits and begins a new transaction: in a procedure or `DO` block that may. Else SQLSTATE 2D000. */
  commit(): void;
  /** Rolls back and begins a new transaction, where {@link DbSync.commit} would be allowed. */
  rollback(): void;
}

/** What `ctx.db` has beside its methods that run statements. */
export interface DbInfo {
  /** Whether the call may write; a `query` handler may not. */
  readonly mode: "ro" | "rw";
  /** Quoting, for what no parameter can be. */
  readonly quote: Quote;
  /**
   * Makes a statement from a template. Each `${value}` becomes a parameter; nothing is ever spliced into the text,
   * but another statement made by this tag, whose parameters come along.
   *
   * @example
   * ```ts
   * const user = await ctx.db.one<User>(ctx.db.sql`select id, name from app.users where id = ${args.id}`);
   * ```
   */
  sql(strings: TemplateStringsArray, ...values: readonly unknown[]): Sql;
}

/** The SQL function that is running. */
export interface FunctionInfo {
  /** Its OID. */
  readonly oid: number;
  /** Its schema. */
  readonly schema: string;
  /** Its name. */
  readonly name: string;
}

/** Who is calling. */
export interface UserInfo {
  /** `current_user`: whose rights apply. */
  readonly current: string;
  /** `session_user`: who connected. */
  readonly session: string;
}

/** Messages to the client and the server's log. Values are written for people to read. */
export interface Log {
  /** DEBUG1. */
  debug(...values: readonly unknown[]): void;
  /** INFO. */
  info(...values: readonly unknown[]): void;
  /** NOTICE. */
  notice(...values: readonly unknown[]): void;
  /** WARNING. */
  warn(...values: readonly unknown[]): void;
  /** WARNING too: an error is thrown, not logged. */
  error(...values: readonly unknown[]): void;
}

/** What fired a trigger. `T` is a row of the table. */
export interface Trigger<T = Row> {
  /** The statement. */
  readonly event: "INSERT" | "UPDATE" | "DELETE" | "TRUNCATE";
  /** When the trigger fires, as seen from the change. */
  readonly when: "BEFORE" | "AFTER" | "INSTEAD OF";
  /** For each row, or for the statement as a whole. */
  readonly level: "ROW" | "STATEMENT";
  /** The row as it is to be; null for DELETE and for statements. A BEFORE trigger changes it, or puts another in its place. */
  new: T | null;
  /** The row as it was; null for INSERT and for statements. */
  readonly old: T | null;
  /** The trigger's name. */
  readonly name: string;
  /** The table's schema. */
  readonly schema: string;
  /** The table that has the row. */
  readonly table: string;
  /** The table's OID. */
  readonly relid: number;
  /** The arguments of CREATE TRIGGER. */
  readonly args: readonly string[];
}

/** What fired an event trigger. */
export interface EventTrigger {
  /** `ddl_command_start`, `ddl_command_end`, `sql_drop`, `table_rewrite`, … */
  readonly event: string;
  /** The tag of the command, as `CREATE TABLE`. */
  readonly tag: string;
}

/** From where the offset of a row is counted: the current row, or the first or last one of the partition or frame. */
export type WindowSeek = "current" | "head" | "tail";

/** The window of a window function. Positions count the rows of the partition from 0. `S` is what it keeps. */
export interface Window<S = unknown> {
  /** The current row's position. */
  readonly position: number;
  /** How many rows the partition has. */
  readonly rowCount: number;
  /** What is kept for the partition, between the calls for its rows; `undefined` at first. */
  state: S | undefined;
  /** An argument of the function, by its number from 0, for another row of the partition; `undefined` when there is none. */
  argInPartition<T = unknown>(index: number, offset: number, from?: WindowSeek, mark?: boolean): T | null | undefined;
  /** The same, for another row of the window's frame. */
  argInFrame<T = unknown>(index: number, offset: number, from?: WindowSeek, mark?: boolean): T | null | undefined;
  /** Whether the rows at two positions are equal for the window's `ORDER BY`. */
  arePeers(first: number, second: number): boolean;
  /** Rows before this position will not be asked for any more. */
  setMark(position: number): void;
}

/** What the database passes to a handler. */
export interface Ctx {
  /** The database, in the caller's transaction and with the caller's rights. */
  readonly db: Db;
  /** The arguments as they came. A handler's first parameter has them validated. */
  readonly args: unknown;
  /** The SQL function that is running. */
  readonly fn: FunctionInfo;
  /** When the transaction began; a new `Date` each time. */
  readonly now: Date;
  /** The environment of the deployment; null outside of one. */
  readonly env: string | null;
  /** Who is calling. */
  readonly user: UserInfo;
  /** Messages to the client and the server's log. */
  readonly log: Log;
}

/** What the database passes to a function that was created with `WINDOW`. */
export interface WindowCtx<S = unknown> extends Ctx {
  /** Its window. */
  readonly window: Window<S>;
}

/** What the database passes to a function that returns `trigger`. */
export interface TriggerCtx<T = Row> extends Ctx {
  /** What fired it. */
  readonly trigger: Trigger<T>;
}

/** What the database passes to a function that returns `event_trigger`. */
export interface EventTriggerCtx extends Ctx {
  /** What fired it. */
  readonly event: EventTrigger;
}
