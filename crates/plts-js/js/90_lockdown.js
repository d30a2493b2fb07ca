// Takes away what is dangerous or meaningless here and freezes what is left, so that no function can change what
// another one of the same role sees.
//
// V8 is told by a flag to compile no function whose name begins with `lockdown` to machine code: each runs once in a context.

// Freezing a prototype makes `object.name = …` fail on everything that inherits `name`. For the names that programs
// do set on their own objects the property becomes an accessor whose setter defines it on the receiver.
const allowOverride = (holder, names) => {
  for (const name of names) {
    const descriptor = Object.getOwnPropertyDescriptor(holder, name);
    if (descriptor === undefined || !("value" in descriptor) || !descriptor.configurable) continue;
    const { value } = descriptor;
    Object.defineProperty(holder, name, {
      get() {
        return value;
      },
      set(replacement) {
        if (this === holder || this === null || (typeof this !== "object" && typeof this !== "function")) {
          throw new TypeError(`cannot assign to read only property '${String(name)}'`);
        }
        Object.defineProperty(this, name, {
          value: replacement,
          writable: true,
          enumerable: true,
          configurable: true,
        });
      },
      enumerable: descriptor.enumerable,
      configurable: false,
    });
  }
};

allowOverride(Object.prototype, [
  "constructor",
  "toString",
  "toLocaleString",
  "valueOf",
  "hasOwnProperty",
  "isPrototypeOf",
  "propertyIsEnumerable",
]);
allowOverride(Function.prototype, ["toString", "constructor", "bind", "call", "apply"]);
for (const type of [
  Error,
  TypeError,
  RangeError,
  SyntaxError,
  ReferenceError,
  EvalError,
  URIError,
  AggregateError,
  internals.PgError,
  internals.DOMException,
]) {
  allowOverride(type.prototype, ["name", "message", "constructor", "toString"]);
}
allowOverride(Array.prototype, ["toString", "toLocaleString"]);
// Not valueOf: every comparison of two Dates asks for it, and would call an accessor.
allowOverride(Date.prototype, ["toString", "toJSON", "toISOString"]);
allowOverride(Map.prototype, ["toString"]);
allowOverride(BigInt.prototype, ["toJSON", "toString", "valueOf"]);
allowOverride(URL.prototype, ["toString", "toJSON"]);
allowOverride(URLSearchParams.prototype, ["toString"]);

// V8 as its crate has it adds its newer features when it makes a context from the snapshot. Ours has them in the snapshot
// (docs/decisions/0025), so that nothing is left to do for each context but for `Error`, which gets its limit of frames there.
const ADDS_LATE = !("try" in Promise);

// To these it adds properties then.
const LATE = new Set([Error]);
if (ADDS_LATE) {
  for (const holder of [
    Atomics,
    ArrayBuffer.prototype,
    DataView.prototype,
    Intl.Locale.prototype,
    Iterator,
    Iterator.prototype,
    Map.prototype,
    Math,
    Promise,
    RegExp,
    RegExp.prototype,
    Symbol,
    Uint8Array,
    Uint8Array.prototype,
    WeakMap.prototype,
    Object.getPrototypeOf(Object.getPrototypeOf((async function* () {}).prototype)),
  ]) {
    LATE.add(holder);
  }
}

const lockdownIsObject = (value) => value !== null && (typeof value === "object" || typeof value === "function");

// What every array inherits from. Frozen elements in its prototypes, even none at all, make V8 take the slow way for each
// `array[index] = value`, so that these get everything that freezing does but that.
const INHERITED_BY_ARRAYS = new Set([Array.prototype, Object.prototype]);

const lockdownFreeze = (value) => {
  if (!INHERITED_BY_ARRAYS.has(value)) {
    Object.freeze(value);
    return;
  }
  for (const key of Reflect.ownKeys(value)) {
    const data = "value" in Reflect.getOwnPropertyDescriptor(value, key);
    Object.defineProperty(value, key, data ? { configurable: false, writable: false } : { configurable: false });
  }
  Object.preventExtensions(value);
};

// Freezes what `roots` reach, but for `spared`. What `isDone` is not gone through.
const lockdownAll = (roots, spared, isDone) => {
  const seen = new Set([globalThis]);
  const pending = [];
  const lockdownVisit = (value) => {
    if (!lockdownIsObject(value) || seen.has(value)) return;
    seen.add(value);
    if (!isDone(value)) pending.push(value);
  };
  for (const root of roots) lockdownVisit(root);
  while (pending.length > 0) {
    const value = pending.pop();
    for (const key of Reflect.ownKeys(value)) {
      const descriptor = Reflect.getOwnPropertyDescriptor(value, key);
      if ("value" in descriptor) {
        lockdownVisit(descriptor.value);
      } else {
        lockdownVisit(descriptor.get);
        lockdownVisit(descriptor.set);
      }
    }
    lockdownVisit(Reflect.getPrototypeOf(value));
    if (!spared.has(value)) lockdownFreeze(value);
  }
};

lockdownAll(
  [
    ...Reflect.ownKeys(globalThis).map((name) => globalThis[name]),
    ...internals.harden,
    // Intrinsics that no global names.
    Object.getPrototypeOf(async () => {}),
    Object.getPrototypeOf(function* () {}),
    Object.getPrototypeOf(async function* () {}),
    Object.getPrototypeOf([][Symbol.iterator]()),
    Object.getPrototypeOf(new Map()[Symbol.iterator]()),
    Object.getPrototypeOf(new Set()[Symbol.iterator]()),
    Object.getPrototypeOf(""[Symbol.iterator]()),
    Object.getPrototypeOf("".matchAll(/./g)),
    Object.getPrototypeOf(Iterator.from({ next() {} })),
    Object.getPrototypeOf([].values().map((value) => value)),
  ],
  LATE,
  // The prelude's own frozen objects have parts that are not.
  () => false,
);

// What these have already is fixed now, so that little is left to do for each context.
const known = [];
for (const holder of LATE) {
  const keys = new Set(Reflect.ownKeys(holder));
  known.push([holder, keys]);
  for (const key of keys) {
    // It stays writable: libraries set it to save time, and V8 wants a data property.
    if (key === "stackTraceLimit") continue;
    const { configurable, value } = Reflect.getOwnPropertyDescriptor(holder, key);
    if (!configurable) continue;
    const fixed = { configurable: false };
    if (value !== undefined) fixed.writable = false;
    Object.defineProperty(holder, key, fixed);
  }
}

const REMOVED = ["WebAssembly", "SharedArrayBuffer", "Atomics", "FinalizationRegistry", "ShadowRealm"];

const lockdownRemove = () => {
  for (const name of REMOVED) delete globalThis[name];
};

const ERROR = new Set([Error]);

const lockdownGlobal = (name) => {
  const descriptor = Reflect.getOwnPropertyDescriptor(globalThis, name);
  if (descriptor === undefined || !descriptor.configurable) return;
  Object.defineProperty(
    globalThis,
    name,
    "value" in descriptor ? { writable: false, configurable: false } : { configurable: false },
  );
};

// It looks some of them up by name before it has added all.
if (!ADDS_LATE) lockdownRemove();

const early = new Set(Reflect.ownKeys(globalThis));
for (const name of early) {
  if (!REMOVED.includes(name)) lockdownGlobal(name);
}

// What V8 has added to a context.
const lockdownLate = () => {
  lockdownRemove();
  const names = Reflect.ownKeys(globalThis).filter((name) => !early.has(name));
  const late = names.map((name) => globalThis[name]);
  for (const [holder, keys] of known) {
    let added = false;
    for (const key of Reflect.ownKeys(holder)) {
      if (keys.has(key)) continue;
      added = true;
      const { value, get, set } = Reflect.getOwnPropertyDescriptor(holder, key);
      late.push(value, get, set);
      if (holder === Error && key !== "stackTraceLimit") {
        Object.defineProperty(Error, key, { configurable: false, writable: false });
      }
    }
    if (holder === Error) continue;
    if (added) Object.freeze(holder);
    else Object.preventExtensions(holder);
  }
  if (late.length > 0) lockdownAll(late, ERROR, Object.isFrozen);
  for (const name of names) lockdownGlobal(name);
};

// Runs once in each context, when V8 has added all it adds.
internals.finish = function lockdownFinish() {
  if (ADDS_LATE) lockdownLate();
  // As many frames as CONTEXT shows.
  Error.stackTraceLimit = 20;
  Object.defineProperty(Error, "stackTraceLimit", { configurable: false });
  Object.preventExtensions(Error);
  // V8 makes it anew for each context.
  Object.freeze(Object.getPrototypeOf(globalThis));
};
