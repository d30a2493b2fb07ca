/**
 * Values of one of several kinds.
 *
 * @module
 */

import type { JsonSchema, SchemaSide } from "../json-schema.js";
import type { Infer, InferInput } from "../standard-schema.js";
import { LiteralSchema, type Literal } from "./literal.js";
import { ObjectSchema } from "./object.js";
import { oneOf, type Problems } from "./problems.js";
import { INVALID, Schema, type AnySchema, type Invalid } from "./schema.js";

/** The key whose literal tells the options of a union of objects apart, and the option of each literal. */
interface Discriminator {
  readonly key: string;
  readonly options: ReadonlyMap<unknown, AnySchema>;
}

/** The option of each literal that `key` can have; null if the key does not tell all options apart. */
function optionsByLiteral(
  key: string,
  options: readonly ObjectSchema<any, any>[],
): ReadonlyMap<Literal, AnySchema> | null {
  const byLiteral = new Map<Literal, AnySchema>();
  for (const option of options) {
    const tag: unknown = Object.hasOwn(option.shape, key) ? option.shape[key] : undefined;
    if (!(tag instanceof LiteralSchema)) return null;
    for (const value of tag.values as readonly Literal[]) {
      if (byLiteral.has(value)) return null;
      byLiteral.set(value, option);
    }
  }
  return byLiteral;
}

function findDiscriminator(options: readonly AnySchema[]): Discriminator | null {
  const objects = options.filter((option) => option instanceof ObjectSchema);
  const [first] = objects;
  if (first === undefined || objects.length !== options.length) return null;
  for (const key of Object.keys(first.shape as object)) {
    const byLiteral = optionsByLiteral(key, objects);
    if (byLiteral !== null) return { key, options: byLiteral };
  }
  return null;
}

/**
 * A value that one of the options accepts; the first one wins. Objects that a literal key tells apart are chosen by
 * that key, so that a problem is reported of the option that was meant.
 */
export class UnionSchema<Options extends readonly AnySchema[]> extends Schema<
  Infer<Options[number]>,
  InferInput<Options[number]>
> {
  /** The options in the order in which they are tried. */
  readonly options: Options;
  /** @internal */
  protected readonly discriminator: Discriminator | null;

  /** @internal */
  constructor(options: Options) {
    super();
    if (!Array.isArray(options) || options.length === 0 || !options.every((option) => option instanceof Schema)) {
      throw new TypeError("union: expected an array of schemas made with v, at least one");
    }
    this.options = options;
    this.discriminator = findDiscriminator(options);
  }

  /** @internal */
  override get expected(): string {
    return oneOf([...new Set(this.options.map((option) => option.expected))]);
  }

  /** @internal */
  override mayBeAbsent(side: SchemaSide): boolean {
    return this.options.some((option) => option.mayBeAbsent(side));
  }

  /** @internal */
  protected override convert(value: unknown, problems: Problems): Infer<Options[number]> | Invalid {
    if (this.discriminator !== null && typeof value === "object" && value !== null && !Array.isArray(value)) {
      return this.convertTagged(this.discriminator, value as Record<string, unknown>, problems);
    }
    const attempts: Problems[] = [];
    for (const option of this.options) {
      const attempt = problems.attempt();
      const output: unknown = option.check(value, attempt);
      if (output !== INVALID) return output as Infer<Options[number]>;
      attempts.push(attempt);
    }
    this.report(value, attempts, problems);
    return INVALID;
  }

  /** @internal */
  protected convertTagged(
    { key, options }: Discriminator,
    value: Record<string, unknown>,
    problems: Problems,
  ): Infer<Options[number]> | Invalid {
    const tag = Object.hasOwn(value, key) ? value[key] : undefined;
    const option = options.get(tag);
    if (option !== undefined) return option.check(value, problems) as Infer<Options[number]> | Invalid;
    const tags = [...options.keys()] as Literal[];
    problems.enter(key);
    problems.expected(new LiteralSchema("union", tags).expected, tag);
    problems.leave();
    return INVALID;
  }

  /**
   * Reports why no option fits. If the value has the type of only one option, that option was meant, and its problems
   * are the ones to know; else say what the options are.
   *
   * @internal
   */
  protected report(value: unknown, attempts: readonly Problems[], problems: Problems): void {
    const [near, another] = attempts.filter((attempt) => attempt.typeMatched);
    if (near !== undefined && another === undefined) problems.adopt(near);
    else problems.expected(this.expected, value);
  }

  /** @internal */
  protected override describeType(side: SchemaSide): JsonSchema {
    return { anyOf: this.options.map((option) => option.toJson(side)) };
  }
}
