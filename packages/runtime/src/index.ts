/**
 * `@stopgap/runtime`: write PostgreSQL functions in TypeScript.
 *
 * `query` and `mutation` make handlers, `v` makes validators, and the types say what the database passes in.
 *
 * @example
 * ```ts
 * import { query, v } from "@stopgap/runtime";
 *
 * export const getUser = query(v.object({ id: v.bigint() }), async ({ id }, ctx) =>
 *   ctx.db.maybeOne("select id, name from app.users where id = $1", [id]),
 * );
 * ```
 *
 * @module
 */

export { ABI_VERSION, HANDLER, type HandlerKind, type HandlerRecord } from "./abi.js";
export type {
  BatchStatement,
  CallArguments,
  Ctx,
  Cursor,
  CursorOptions,
  Db,
  DbInfo,
  DbSync,
  EventTrigger,
  EventTriggerCtx,
  ExecResult,
  FunctionInfo,
  InsertOptions,
  Log,
  ObjectName,
  Quote,
  Row,
  Sql,
  SyncCursor,
  ToSql,
  Trigger,
  TriggerCtx,
  UserInfo,
  Window,
  WindowCtx,
  WindowSeek,
} from "./context.js";
export {
  mutation,
  query,
  type ArgsOf,
  type CheckedHandlerDefinition,
  type DefineHandler,
  type Handler,
  type HandlerDefinition,
  type MaybePromise,
  type ResultOf,
  type SqlHandlerDefinition,
  type ValidatedSqlHandlerDefinition,
} from "./handler.js";
export type { JsonSchema, SchemaSide } from "./json-schema.js";
export { isPgError, type PgError } from "./pg-error.js";
export type { ArraySchema, TupleInput, TupleOutput, TupleSchema } from "./schema/array.js";
export type { AnythingSchema, BooleanSchema, Literal, LiteralSchema } from "./schema/literal.js";
export type { BigIntInput, BigIntSchema, IntSchema, NumberSchema } from "./schema/number.js";
export type {
  ObjectInput,
  ObjectOutput,
  ObjectSchema,
  RecordSchema,
  Shape,
  UnknownKeys,
} from "./schema/object.js";
export type { AnySchema, DefaultSchema, NullableSchema, OptionalSchema, Schema } from "./schema/schema.js";
export type { StringSchema } from "./schema/string.js";
export type { TimestampSchema } from "./schema/timestamp.js";
export type { UnionSchema } from "./schema/union.js";
export type {
  Infer,
  InferInput,
  StandardIssue,
  StandardResult,
  StandardSchema,
  StandardSchemaProps,
} from "./standard-schema.js";
export type {
  SqlArgs,
  SqlColumns,
  SqlDeclaration,
  SqlGiven,
  SqlParameter,
  SqlRecord,
  SqlResult,
  SqlReturns,
  SqlValue,
} from "./sql.js";
export { v, type Validators } from "./v.js";
export { validate, type Validated } from "./validate.js";
export { ValidationError, type ValidationProblem, type ValidationSubject } from "./validation-error.js";
