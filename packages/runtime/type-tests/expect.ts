/**
 * Equality of types, decided by the compiler.
 */

/** Compiles only for `true`. */
export type Expect<T extends true> = T;

/** Whether two types are the same, `any` and optional keys told apart. */
export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
