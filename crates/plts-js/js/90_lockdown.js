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

// V8 adds properties of its newer features to these when it makes a context from the snapshot.
const LATE = new Set([
  Atomics,
  ArrayBuffer.prototype,
  DataView.prototype,
  Error,
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
]);

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
  if (holder === Error) continue;
  for (const key of keys) {
    const { configurable, value } = Reflect.getOwnPropertyDescriptor(holder, key);
    if (!configurable) continue;
    const fixed = { configurable: false };
    if (value !== undefined) fixed.writable = false;
    Object.defineProperty(holder, key, fixed);
  }
}

const REMOVED = ["WebAssembly", "SharedArrayBuffer", "Atomics", "FinalizationRegistry", "ShadowRealm"];

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

const early = new Set(Reflect.ownKeys(globalThis));
for (const name of early) {
  if (!REMOVED.includes(name)) lockdownGlobal(name);
}

// Runs once in each context, when V8 has added all it adds. Only then may globals be removed: V8 looks some of them up
// by name before.
const lockdownFinish = () => {
  for (const name of REMOVED) delete globalThis[name];
  const names = Reflect.ownKeys(globalThis).filter((name) => !early.has(name));
  const late = names.map((name) => globalThis[name]);
  for (const [holder, keys] of known) {
    let added = false;
    for (const key of Reflect.ownKeys(holder)) {
      if (keys.has(key)) continue;
      added = true;
      const { value, get, set } = Reflect.getOwnPropertyDescriptor(holder, key);
      late.push(value, get, set);
    }
    if (holder === Error) continue;
    if (added) Object.freeze(holder);
    else Object.preventExtensions(holder);
  }
  if (late.length > 0) lockdownAll(late, ERROR, Object.isFrozen);
  // As many frames as CONTEXT shows. It stays writable: libraries set it to save time, and V8 wants a data property.
  Error.stackTraceLimit = 20;
  for (const key of Reflect.ownKeys(Error)) {
    Object.defineProperty(
      Error,
      key,
      key === "stackTraceLimit" ? { configurable: false } : { configurable: false, writable: false },
    );
  }
  Object.preventExtensions(Error);
  for (const name of names) lockdownGlobal(name);
  // V8 makes it anew for each context.
  Object.freeze(Object.getPrototypeOf(globalThis));
};

internals.finish = lockdownFinish;
