/**
 * `query` and `mutation`: they make of a schema and a function the handler that the database calls.
 *
 * @module
 */

import { ABI_VERSION, brand, type HANDLER, type HandlerKind, type HandlerRecord } from "./abi.js";
import type { Ctx } from "./context.js";
import { jsonSchemaOf, type JsonSchema } from "./json-schema.js";
import type { Schema } from "./schema/schema.js";
import { describeValue } from "./schema/problems.js";
import { isStandardSchema, type Infer, type InferInput, type StandardSchema } from "./standard-schema.js";
import { readSql, type SqlArgs, type SqlDeclaration, type SqlRecord, type SqlResult } from "./sql.js";
import { isPromiseLike, run } from "./validate.js";

type Validator = StandardSchema<any, any>;

/**
 * What `query` and `mutation` give: export it from a module, and the deployment makes a SQL function of it. It is for
 * the database to call; what two handlers share belongs in a function that both call.
 */
export interface Handler<Args = any, Result = unknown> {
  /** Validates `ctx.args` and calls the function. */
  (ctx: Ctx): Result;
  /** What the database reads. */
  readonly [HANDLER]: HandlerRecord;
  /** Carries the type of the arguments; it does not exist when the program runs. */
  readonly "~args"?: Args;
}

/** What callers pass to a handler. `ArgsOf<typeof getUser>`. */
export type ArgsOf<H extends Handler> = H extends Handler<infer Args, any> ? Args : never;

/** What a handler gives in the end, out of its promise. `ResultOf<typeof getUser>`. */
export type ResultOf<H extends Handler> = Awaited<ReturnType<H>>;

/** A value or a promise of it. */
export type MaybePromise<T> = T | PromiseLike<T>;

/** A result as it leaves the handler: an asynchronous validator makes a promise of it. */
type AfterValidation<S extends Validator, R> = S extends Schema<any, any> ? R : R | Promise<Awaited<R>>;

/** A result that is validated too. */
type ValidatedResult<S extends Validator, T extends Validator, R> = AfterValidation<
  S,
  AfterValidation<T, R extends PromiseLike<unknown> ? Promise<Infer<T>> : Infer<T>>
>;

/** A handler with everything that can be said of it. */
export interface HandlerDefinition<S extends Validator, R> {
  /** The schema of the arguments. */
  readonly args: S;
  /** The function. It gets the validated arguments. */
  readonly handler: (args: Infer<S>, ctx: Ctx) => R;
}

/** A handler whose result is validated. */
export interface CheckedHandlerDefinition<S extends Validator, T extends Validator, R> extends HandlerDefinition<S, R> {
  /** The schema of the result. What it gives is what the caller gets: `.strip()` leaves columns out. */
  readonly returns: T;
}

/** A handler with a SQL signature of its own. */
export interface SqlHandlerDefinition<D extends SqlDeclaration, R> {
  /** The parameters and the result of the SQL function. */
  readonly sql: D;
  /** The function. It gets the arguments by the names of the parameters. */
  readonly handler: (args: SqlArgs<D>, ctx: Ctx) => R;
}

/** The same with a schema of the arguments, which come by the names of the parameters. */
export interface ValidatedSqlHandlerDefinition<S extends Validator, D extends SqlDeclaration, R>
  extends HandlerDefinition<S, R> {
  /** The parameters and the result of the SQL function. */
  readonly sql: D;
}

/** The forms of `query` and `mutation`. */
export interface DefineHandler {
  /** A schema of the arguments, and the function. */
  <S extends Validator, R>(args: S, handler: (args: Infer<S>, ctx: Ctx) => R): Handler<InferInput<S>, AfterValidation<S, R>>;
  /** A SQL signature with schemas of the arguments and the result. */
  <S extends Validator, T extends Validator, const D extends SqlDeclaration, R extends MaybePromise<InferInput<T>>>(
    definition: CheckedHandlerDefinition<S, T, R> & { readonly sql: D },
  ): Handler<InferInput<S>, ValidatedResult<S, T, R>>;
  /** A SQL signature with a schema of the arguments. */
  <S extends Validator, const D extends SqlDeclaration, R extends MaybePromise<SqlResult<D>>>(
    definition: ValidatedSqlHandlerDefinition<S, D, R>,
  ): Handler<InferInput<S>, AfterValidation<S, R>>;
  /** A SQL signature alone: the handler gets what the types of its parameters say. */
  <const D extends SqlDeclaration, R extends MaybePromise<SqlResult<D>>>(
    definition: SqlHandlerDefinition<D, R>,
  ): Handler<SqlArgs<D>, R>;
  /** A schema of the arguments, one of the result, and the function. */
  <S extends Validator, T extends Validator, R extends MaybePromise<InferInput<T>>>(
    definition: CheckedHandlerDefinition<S, T, R>,
  ): Handler<InferInput<S>, ValidatedResult<S, T, R>>;
  /** The same by name. */
  <S extends Validator, R>(definition: HandlerDefinition<S, R>): Handler<InferInput<S>, AfterValidation<S, R>>;
}

/** A definition that has been looked through. */
interface Parts {
  /** None only with a SQL signature, whose types say enough. */
  readonly args: Validator | null;
  readonly returns: Validator | null;
  readonly sql: SqlRecord | null;
  readonly handler: (args: unknown, ctx: Ctx) => unknown;
}

const USAGE = "(schema, handler) or ({ args, returns, sql, handler })";

/** Why a schema is no schema, with the way out for the usual mistakes. */
function notASchema(kind: HandlerKind, name: string, value: unknown): TypeError {
  const hint =
    typeof value === "function" ? `; for a handler without arguments, write ${kind}(v.object({}), handler)` : "";
  return new TypeError(
    `${kind}: ${name} must be a schema made with v, or a Standard Schema validator, not ${describeValue(value)}${hint}`,
  );
}

function read(kind: HandlerKind, first: unknown, second: unknown): Parts {
  if (isStandardSchema(first)) {
    if (typeof second !== "function") {
      throw new TypeError(`${kind}: the handler must be a function, not ${describeValue(second)}; use ${kind}${USAGE}`);
    }
    return { args: first, returns: null, sql: null, handler: second as Parts["handler"] };
  }
  if (typeof first !== "object" || first === null || !("handler" in first || "args" in first || "sql" in first)) {
    throw notASchema(kind, "the first argument", first);
  }
  if (second !== undefined) throw new TypeError(`${kind}: a definition comes alone; use ${kind}${USAGE}`);
  const { args, returns, sql, handler, ...others } = first as Record<string, unknown>;
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) throw new TypeError(`${kind}: unknown option "${unknown}"; use ${kind}${USAGE}`);
  if (!isStandardSchema(args) && (args !== undefined || sql === undefined)) throw notASchema(kind, "args", args);
  if (returns !== undefined && !isStandardSchema(returns)) throw notASchema(kind, "returns", returns);
  if (typeof handler !== "function") {
    throw new TypeError(`${kind}: handler must be a function, not ${describeValue(handler)}`);
  }
  return {
    args: args ?? null,
    returns: returns ?? null,
    sql: sql === undefined ? null : readSql(kind, sql),
    handler: handler as Parts["handler"],
  };
}

/** Computes a value when it is first asked for. */
function lazily<T>(compute: () => T): () => T {
  let known: { readonly value: T } | null = null;
  return () => (known ??= { value: compute() }).value;
}

function recordOf(kind: HandlerKind, { args, returns, sql }: Parts): HandlerRecord {
  const argsSchema = lazily((): JsonSchema | null => args && jsonSchemaOf(args, "input"));
  const returnsSchema = lazily((): JsonSchema | null => returns && jsonSchemaOf(returns, "output"));
  return {
    abi: ABI_VERSION,
    kind,
    get args() {
      return argsSchema();
    },
    get returns() {
      return returnsSchema();
    },
    ...(sql === null ? {} : { sql }),
  };
}

/** Goes on with a value when it is there: at once, or when the promise is kept. A broken promise is left as it is. */
function whenReady(value: unknown, next: (value: unknown) => unknown): unknown {
  return isPromiseLike(value) ? value.then(next) : next(value);
}

function define(kind: HandlerKind, first: unknown, second: unknown): Handler {
  const parts = read(kind, first, second);
  const { args, returns, handler } = parts;
  const branded = (ctx: Ctx): unknown => {
    if (typeof ctx !== "object" || ctx === null) {
      throw new TypeError(`a ${kind} handler is called with the ctx that the database passes, not ${describeValue(ctx)}`);
    }
    const given = ctx.args ?? {};
    return whenReady(args === null ? given : run(args, given, "arguments"), (parsed) => {
      const result = handler(parsed, ctx);
      return returns === null ? result : whenReady(result, (value) => run(returns, value, "result"));
    });
  };
  brand(branded, recordOf(kind, parts));
  return branded as Handler;
}

/**
 * Makes a read-only handler. PostgreSQL itself refuses writes while it runs.
 *
 * @example
 * ```ts
 * export const getUser = query(v.object({ id: v.bigint() }), async ({ id }, ctx) =>
 *   ctx.db.maybeOne<User>("select id, name from app.users where id = $1", [id]),
 * );
 * ```
 */
export const query = ((first: unknown, second?: unknown) => define("query", first, second)) as DefineHandler;

/**
 * Makes a handler that may write.
 *
 * @example
 * ```ts
 * export const rename = mutation({
 *   args: v.object({ id: v.bigint(), name: v.string().min(1) }),
 *   returns: v.object({ renamed: v.boolean() }),
 *   async handler({ id, name }, ctx) {
 *     const { rowCount } = await ctx.db.exec("update app.users set name = $2 where id = $1", [id, name]);
 *     return { renamed: rowCount === 1 };
 *   },
 * });
 * ```
 */
export const mutation = ((first: unknown, second?: unknown) => define("mutation", first, second)) as DefineHandler;
