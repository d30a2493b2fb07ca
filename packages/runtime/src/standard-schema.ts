/**
 * The part of the Standard Schema interface (version 1, https://standardschema.dev) that this package calls. zod,
 * valibot, arktype and our own `v` all offer it.
 *
 * @module
 */

/** A validator of any library: it takes an `Input` and gives an `Output`. */
export interface StandardSchema<Input = unknown, Output = Input> {
  /** The interface itself. */
  readonly "~standard": StandardSchemaProps<Input, Output>;
}

/** What is found under `~standard`. */
export interface StandardSchemaProps<Input = unknown, Output = Input> {
  /** The version of the interface. */
  readonly version: 1;
  /** The library that made the validator. */
  readonly vendor: string;
  /** Checks a value, at once or in a promise. */
  readonly validate: (value: unknown) => StandardResult<Output> | Promise<StandardResult<Output>>;
  /** Carries the types; it need not exist when the program runs. */
  readonly types?: { readonly input: Input; readonly output: Output } | undefined;
}

/** The outcome of a validation: it failed if `issues` is there. */
export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

/** One thing that is wrong with a value. */
export interface StandardIssue {
  /** What is wrong, in words. */
  readonly message: string;
  /** Where it is, from the root. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** The type that a validator gives: defaults are filled in. `Infer<typeof schema>`. */
export type Infer<S extends StandardSchema<any, any>> = NonNullable<S["~standard"]["types"]>["output"];

/** The type that a validator takes: what has a default may be left out. */
export type InferInput<S extends StandardSchema<any, any>> = NonNullable<S["~standard"]["types"]>["input"];

/**
 * Whether a value is a validator that we can call.
 *
 * @internal
 */
export function isStandardSchema(value: unknown): value is StandardSchema<any, any> {
  if ((typeof value !== "object" && typeof value !== "function") || value === null) return false;
  const props: unknown = (value as Partial<StandardSchema>)["~standard"];
  return typeof props === "object" && props !== null && typeof (props as StandardSchemaProps).validate === "function";
}
