/**
 * The contract between this package and the database, version 1. Nothing here is ever renamed: code that was
 * deployed with an old version of the package must be understood by every later database.
 *
 * @module
 */

import type { JsonSchema } from "./json-schema.js";
import type { SqlRecord } from "./sql.js";

/**
 * The key under which a handler carries its {@link HandlerRecord}. It is a registered symbol, so that two copies of
 * this package agree on it.
 */
export const HANDLER: unique symbol = Symbol.for("stopgap.handler");

/** The version of this contract. A database refuses a version that it does not know. */
export const ABI_VERSION = 1;

/** What a handler may do: a `query` is read-only, because PostgreSQL says so; a `mutation` may write. */
export type HandlerKind = "query" | "mutation";

/** What a handler says of itself to the database. Frozen; `args` and `returns` are computed when first read. */
export interface HandlerRecord {
  /** The version of the contract. */
  readonly abi: typeof ABI_VERSION;
  /** Read-only or not. */
  readonly kind: HandlerKind;
  /** JSON Schema (draft 2020-12) of the arguments, or null if the validator offers none. */
  readonly args: JsonSchema | null;
  /** JSON Schema (draft 2020-12) of the result, or null if none was declared or the validator offers none. */
  readonly returns: JsonSchema | null;
  /** The parameters and the result of the SQL function; absent for `(args jsonb) returns jsonb`. */
  readonly sql?: SqlRecord;
}

/** SQLSTATE `invalid_parameter_value`: what a rejected argument or result is reported as. */
export const INVALID_PARAMETER_VALUE = "22023";

/**
 * Puts the record on a function, where it can be neither changed nor removed nor seen by enumeration.
 *
 * @internal
 */
export function brand(handler: object, record: HandlerRecord): void {
  Object.defineProperty(handler, HANDLER, { value: Object.freeze(record) });
}
