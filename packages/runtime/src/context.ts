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
}

/** What `ctx.db` has beside its methods that run statements. */
export interface DbInfo {
  /** Whether the call may write; a `query` handler may not. */
  readonly mode: "ro" | "rw";
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

/** Messages to the client and the server's log. Objects are written as JSON. */
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

/** What the database passes to a handler. */
export interface Ctx {
  /** The database, in the caller's transaction and with the caller's rights. */
  readonly db: Db;
  /** The arguments as they came. A handler's first parameter has them validated. */
  readonly args: unknown;
  /** The SQL function that is running. */
  readonly fn: FunctionInfo;
  /** When the transaction began. */
  readonly now: Date;
  /** The environment of the deployment; null outside of one. */
  readonly env: string | null;
  /** Who is calling. */
  readonly user: UserInfo;
  /** Messages to the client and the server's log. */
  readonly log: Log;
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
