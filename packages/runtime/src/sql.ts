/**
 * SQL signatures: what a handler may declare of the parameters and the result of its SQL function.
 *
 * @module
 */

import { describeValue } from "./schema/problems.js";

/** A SQL parameter: its type, or its type with what else there is to say. */
export type SqlParameter =
  | string
  | {
      /** The type, as SQL writes it: `"int"`, `"app.status"`, `"text[]"`. */
      readonly type: string;
      /** What a call may leave out. A constant: its text as SQL reads it, or, for `json` and `jsonb`, any JSON value. */
      readonly default?: unknown;
      /** The last parameter may take any number of values: its type is an array. */
      readonly variadic?: boolean | undefined;
    };

/** Columns and their types. */
export interface SqlColumns {
  readonly [name: string]: string;
}

/** A result: a type, `"setof …"`, the columns of a row, or those of any number of rows. */
export type SqlReturns = string | SqlColumns | readonly [SqlColumns];

/** The signature of a handler's SQL function, in place of `(args jsonb) returns jsonb`. */
export interface SqlDeclaration {
  /** The parameters by name, in their order. The handler gets the arguments by the same names. */
  readonly args?: { readonly [name: string]: SqlParameter } | undefined;
  /** What it gives. */
  readonly returns: SqlReturns;
  /** NULL for any argument gives NULL, without a call. */
  readonly strict?: boolean | undefined;
}

/** What `ctx.args` holds for a SQL type; a type that is not listed is `unknown`. */
interface SqlValues {
  bool: boolean;
  boolean: boolean;
  int2: number;
  smallint: number;
  int: number;
  int4: number;
  integer: number;
  oid: number;
  float4: number;
  real: number;
  float8: number;
  "double precision": number;
  int8: bigint;
  bigint: bigint;
  numeric: string;
  decimal: string;
  text: string;
  varchar: string;
  "character varying": string;
  bpchar: string;
  char: string;
  character: string;
  name: string;
  uuid: string;
  xml: string;
  date: string;
  time: string;
  timetz: string;
  timestamp: string;
  interval: string;
  "time without time zone": string;
  "time with time zone": string;
  "timestamp without time zone": string;
  timestamptz: Date;
  "timestamp with time zone": Date;
  bytea: Uint8Array;
}

/** What a handler may give for a SQL type, where that is more than what it gets. */
interface SqlWidened {
  int8: bigint | number;
  bigint: bigint | number;
  numeric: string | number | bigint;
  decimal: string | number | bigint;
}

type Named<T extends string> = Lowercase<T> extends keyof SqlValues ? SqlValues[Lowercase<T>] : unknown;
type Widened<T extends string> = Lowercase<T> extends keyof SqlWidened ? SqlWidened[Lowercase<T>] : Named<T>;

/** The TypeScript type of an argument of a SQL type, NULL apart. */
export type SqlValue<T extends string> = T extends `${infer Item}[]`
  ? (SqlValue<Item> | null)[]
  : T extends `${infer Base}(${string})`
    ? Named<Base>
    : Named<T>;

/** What a handler gives for a SQL type. */
export type SqlGiven<T extends string> = T extends "void"
  ? unknown
  : T extends `${infer Item}[]`
    ? readonly (SqlGiven<Item> | null | undefined)[]
    : (T extends `${infer Base}(${string})` ? Widened<Base> : Widened<T>) | null | undefined;

type TypeOf<P extends SqlParameter> = P extends string ? P : P extends { readonly type: infer T extends string } ? T : never;

/** The arguments that a handler with this declaration gets. */
export type SqlArgs<D extends SqlDeclaration> = D["args"] extends { readonly [name: string]: SqlParameter }
  ? {
      -readonly [K in keyof D["args"]]: SqlValue<TypeOf<D["args"][K]>> | (D["strict"] extends true ? never : null);
    }
  : Record<never, never>;

type IsUnion<T, All = T> = T extends unknown ? ([All] extends [T] ? false : true) : never;

/** A row; a single column stands for itself. */
type SqlRow<C extends SqlColumns> =
  IsUnion<keyof C> extends true ? { readonly [K in keyof C]?: SqlGiven<C[K]> } | null : SqlGiven<C[keyof C]>;

type Set<T> = Iterable<T> | AsyncIterable<T>;

/** What a handler with this declaration gives, promises apart. */
export type SqlResult<D extends SqlDeclaration> = D["returns"] extends `${"setof" | "SETOF"} ${infer T}`
  ? Set<SqlGiven<T>>
  : D["returns"] extends string
    ? SqlGiven<D["returns"]>
    : D["returns"] extends readonly [infer C extends SqlColumns]
      ? Set<SqlRow<C>>
      : D["returns"] extends SqlColumns
        ? SqlRow<D["returns"]>
        : never;

/** A declaration as the database reads it. */
export interface SqlRecord {
  /** The parameters in order; `default` is the text of a constant, null for NULL, and absent without one. */
  readonly args: readonly {
    readonly name: string;
    readonly type: string;
    readonly default?: string | null;
    readonly variadic?: true;
  }[];
  /** A type or columns, and whether there can be any number of them. */
  readonly returns:
    | { readonly type: string; readonly set: boolean }
    | { readonly columns: readonly { readonly name: string; readonly type: string }[]; readonly set: boolean };
  /** Whether NULL arguments are answered without a call. */
  readonly strict: boolean;
}

type Entries = readonly (readonly [string, unknown])[];

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The entries of an object whose order counts. */
function entriesOf(value: unknown, what: string): Entries {
  if (!isObject(value)) throw new TypeError(`${what} must be an object of SQL types by name, not ${describeValue(value)}`);
  const entries = Object.entries(value);
  const number = entries.find(([name]) => /^(?:0|[1-9][0-9]*)$/.test(name));
  if (number !== undefined) throw new TypeError(`${what}: "${number[0]}" cannot be a name: JavaScript would put it first`);
  return entries;
}

function typeOf(value: unknown, what: string): string {
  if (typeof value !== "string" || value.trim() === "") {
    throw new TypeError(`${what} must be the name of a SQL type, not ${describeValue(value)}`);
  }
  return value.trim();
}

/** The text of a constant. */
function textOf(value: unknown): string | null {
  if (value === null) return null;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function parameter(name: string, given: unknown, what: string): SqlRecord["args"][number] {
  if (!isObject(given)) return { name, type: typeOf(given, what) };
  const { type, default: value, variadic, ...others } = given;
  refuseOthers(others, what);
  return {
    name,
    type: typeOf(type, what),
    ...(value === undefined ? {} : { default: textOf(value) }),
    ...(variadic === true ? { variadic } : {}),
  };
}

function refuseOthers(others: object, what: string): void {
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new TypeError(`${what}: unknown option "${unknown}"`);
}

function returnsOf(given: unknown, what: string): SqlRecord["returns"] {
  const set = Array.isArray(given) && given.length === 1;
  if (set || isObject(given)) {
    const columns = entriesOf(set ? (given as readonly unknown[])[0] : given, what);
    return { columns: columns.map(([name, type]) => ({ name, type: typeOf(type, `${what}.${name}`) })), set };
  }
  const type = typeOf(given, what);
  const element = /^setof\s+(.*)$/is.exec(type)?.[1];
  return { type: element ?? type, set: element !== undefined };
}

/**
 * Reads what was given as `sql`.
 *
 * @internal
 */
export function readSql(kind: string, given: unknown): SqlRecord {
  if (!isObject(given)) throw new TypeError(`${kind}: sql must be an object, not ${describeValue(given)}`);
  const { args, returns, strict, ...others } = given;
  refuseOthers(others, `${kind}: sql`);
  const parameters = args === undefined ? [] : entriesOf(args, `${kind}: sql.args`);
  return Object.freeze({
    args: parameters.map(([name, value]) => parameter(name, value, `${kind}: sql.args.${name}`)),
    returns: returnsOf(returns, `${kind}: sql.returns`),
    strict: strict === true,
  });
}
