/**
 * The error that a rejected value ends in.
 *
 * @module
 */

import { INVALID_PARAMETER_VALUE } from "./abi.js";

/** What was validated: the arguments of a handler, its result, or a value given to `validate`. */
export type ValidationSubject = "arguments" | "result" | "value";

/** One thing that is wrong with a value. */
export interface ValidationProblem {
  /** Where, from the root `$`: `$.items[2].qty`. */
  readonly path: string;
  /** What was expected and what came: `expected integer, got string "x"`. */
  readonly message: string;
}

/** How many problems an error lists; the others are only counted. */
export const MAX_LISTED_PROBLEMS = 10;

/**
 * A value did not pass its validator. In the database it becomes an ERROR with SQLSTATE 22023; the first problem is in
 * the message, and DETAIL lists the problems, at most ten, one a line.
 */
export class ValidationError extends Error {
  // A field, not an assignment: `Error.prototype.name` may be frozen, and then assigning would throw.
  override readonly name: string = "ValidationError";
  /** `22023`, invalid_parameter_value. */
  readonly sqlstate: typeof INVALID_PARAMETER_VALUE = INVALID_PARAMETER_VALUE;
  /** What was validated. */
  readonly subject: ValidationSubject;
  /** The problems, at most {@link MAX_LISTED_PROBLEMS}. */
  readonly problems: readonly ValidationProblem[];
  /** The problems as text, one a line. */
  readonly detail: string;

  /**
   * @param subject - what was validated
   * @param problems - what is wrong with it, first things first
   * @param total - how many problems there were, if more than are given
   */
  constructor(subject: ValidationSubject, problems: readonly ValidationProblem[], total: number = problems.length) {
    const lines = problems.slice(0, MAX_LISTED_PROBLEMS).map((problem) => `${problem.path}: ${problem.message}`);
    super(`invalid ${subject}: ${lines[0] ?? "$: rejected"}`);
    this.subject = subject;
    this.problems = problems.slice(0, MAX_LISTED_PROBLEMS);
    const unlisted = total - lines.length;
    if (unlisted > 0) lines.push(`and ${unlisted} more`);
    this.detail = lines.join("\n");
  }
}
