/**
 * Errors that come from PostgreSQL.
 *
 * @module
 */

import { ValidationError } from "./validation-error.js";

/**
 * An error from a statement, with every field that PostgreSQL gave. The database makes it; catch it and look with
 * {@link isPgError}.
 */
export interface PgError extends Error {
  /** Five characters of `0-9A-Z`, for example `23505` (unique_violation). */
  readonly sqlstate: string;
  /** The same as `sqlstate`. */
  readonly code?: string;
  /** DETAIL. */
  readonly detail?: string;
  /** HINT. */
  readonly hint?: string;
  /** The constraint that was violated. */
  readonly constraint?: string;
  /** The schema of the object that the error is about. */
  readonly schema?: string;
  /** The table that the error is about. */
  readonly table?: string;
  /** The column that the error is about. */
  readonly column?: string;
  /** The data type that the error is about. */
  readonly dataType?: string;
  /** CONTEXT: the stack of functions and statements inside PostgreSQL. */
  readonly where?: string;
  /** Where in the statement's text the error is, in characters from 1. */
  readonly position?: number;
  /** Which statement of a batch failed, from 0. */
  readonly index?: number;
}

const SQLSTATE = /^[0-9A-Z]{5}$/;

/**
 * Whether a caught value is an error from PostgreSQL, of a given SQLSTATE if you name one. A {@link ValidationError} of
 * this package is none.
 *
 * @example
 * ```ts
 * try {
 *   await ctx.db.exec("insert into app.users (email) values ($1)", [email]);
 * } catch (error) {
 *   if (isPgError(error, "23505")) return { created: false };
 *   throw error;
 * }
 * ```
 */
export function isPgError(error: unknown, sqlstate?: string): error is PgError {
  if (typeof error !== "object" || error === null || error instanceof ValidationError) return false;
  const state: unknown = (error as Partial<PgError>).sqlstate;
  if (typeof state !== "string" || !SQLSTATE.test(state)) return false;
  return sqlstate === undefined || state === sqlstate;
}
