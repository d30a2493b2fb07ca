/**
 * Arrays and tuples.
 *
 * @module
 */

import type { JsonSchema, SchemaSide } from "../json-schema.js";
import type { Infer, InferInput } from "../standard-schema.js";
import type { Problems } from "./problems.js";
import { INVALID, Schema, type AnySchema, type Invalid } from "./schema.js";

function requireCount(method: string, count: number): void {
  if (!Number.isSafeInteger(count) || count < 0) {
    throw new TypeError(`${method}: expected a number of items, got ${String(count)}`);
  }
}

/** `1 item`, `3 items`. */
function counted(count: number): string {
  return `${count} item${count === 1 ? "" : "s"}`;
}

/** An array whose items are all alike. Validation gives a new array. */
export class ArraySchema<Item extends AnySchema> extends Schema<Infer<Item>[], InferInput<Item>[]> {
  /** The schema of the items. */
  readonly item: Item;

  /** @internal */
  constructor(item: Item) {
    super();
    if (!(item instanceof Schema)) throw new TypeError("array: expected a schema made with v");
    this.item = item;
  }

  /** @internal */
  override get expected(): string {
    return "array";
  }

  /** @internal */
  protected override convert(value: unknown, problems: Problems): Infer<Item>[] | Invalid {
    if (!Array.isArray(value)) {
      problems.expected(this.expected, value);
      return INVALID;
    }
    const before = problems.count;
    const output: Infer<Item>[] = [];
    for (let index = 0; index < value.length; index += 1) {
      problems.enter(index);
      output.push(this.item.check(value[index], problems) as Infer<Item>);
      problems.leave();
    }
    return problems.count === before ? output : INVALID;
  }

  /** @internal */
  protected override describeType(side: SchemaSide): JsonSchema {
    return { type: "array", items: this.item.toJson(side) };
  }

  /** At least so many items. */
  min(count: number): this {
    requireCount("min", count);
    return this.expecting(`at least ${counted(count)}`, (items) => items.length >= count, { minItems: count });
  }

  /** At most so many items. */
  max(count: number): this {
    requireCount("max", count);
    return this.expecting(`at most ${counted(count)}`, (items) => items.length <= count, { maxItems: count });
  }
}

/** What a tuple gives. */
export type TupleOutput<Items extends readonly AnySchema[]> = { -readonly [I in keyof Items]: Infer<Items[I]> };
/** What a tuple takes. */
export type TupleInput<Items extends readonly AnySchema[]> = { -readonly [I in keyof Items]: InferInput<Items[I]> };

/** An array of a given length, each place with a schema of its own. */
export class TupleSchema<Items extends readonly AnySchema[]> extends Schema<TupleOutput<Items>, TupleInput<Items>> {
  /** The schemas of the places. */
  readonly items: Items;

  /** @internal */
  constructor(items: Items) {
    super();
    if (!Array.isArray(items) || !items.every((item) => item instanceof Schema)) {
      throw new TypeError("tuple: expected an array of schemas made with v");
    }
    this.items = items;
  }

  /** @internal */
  override get expected(): string {
    return `array of ${this.items.length}`;
  }

  /** @internal */
  protected override convert(value: unknown, problems: Problems): TupleOutput<Items> | Invalid {
    if (!Array.isArray(value) || value.length !== this.items.length) {
      problems.expected(this.expected, value);
      return INVALID;
    }
    const before = problems.count;
    const output = this.items.map((item, index) => {
      problems.enter(index);
      const converted: unknown = item.check(value[index], problems);
      problems.leave();
      return converted;
    });
    return problems.count === before ? (output as TupleOutput<Items>) : INVALID;
  }

  /** @internal */
  protected override describeType(side: SchemaSide): JsonSchema {
    const { length } = this.items;
    return {
      type: "array",
      prefixItems: this.items.map((item) => item.toJson(side)),
      minItems: length,
      maxItems: length,
    };
  }
}
