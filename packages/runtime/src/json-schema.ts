/**
 * JSON Schema, draft 2020-12, as far as this package writes it, and how to get one from somebody else's validator.
 *
 * @module
 */

/** A JSON Schema document: a plain object that `JSON.stringify` can write. */
export interface JsonSchema {
  readonly [keyword: string]: unknown;
}

/** Whose shape a JSON Schema describes: of what may come in, or of what validation gives. */
export type SchemaSide = "input" | "output";

/** The value of `$schema` at the root of each document. */
export const DIALECT = "https://json-schema.org/draft/2020-12/schema";

/**
 * The conversions that validators offer, newest first: the Standard JSON Schema draft, `toJSONSchema` (zod),
 * `toJsonSchema` (arktype).
 */
interface Convertible {
  readonly "~standard"?: {
    readonly jsonSchema?: Partial<Record<SchemaSide, (options: { target: string }) => unknown>>;
  };
  toJSONSchema?(): unknown;
  toJsonSchema?(): unknown;
}

function convert(validator: Convertible, side: SchemaSide): unknown {
  const standard = validator["~standard"]?.jsonSchema;
  if (typeof standard?.[side] === "function") return standard[side]({ target: "draft-2020-12" });
  if (typeof validator.toJSONSchema === "function") return validator.toJSONSchema();
  if (typeof validator.toJsonSchema === "function") return validator.toJsonSchema();
  return null;
}

/**
 * The JSON Schema that a validator offers, or null if it offers none.
 *
 * Validators throw for what JSON Schema cannot say (a transform, a `Date`): such a validator has no JSON Schema, which
 * is an answer and no failure. This is the only place in the package that catches; no handler runs inside it.
 *
 * @internal
 */
export function jsonSchemaOf(validator: object, side: SchemaSide): JsonSchema | null {
  let document: unknown;
  try {
    document = convert(validator, side);
  } catch {
    return null;
  }
  return typeof document === "object" ? (document as JsonSchema | null) : null;
}
