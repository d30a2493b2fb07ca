// Timers, which mean nothing inside a transaction, say so; queueMicrotask is given. What the other files of the sixties
// share: define, and refusals of what is no object of the right kind.

internals.define = (name, value) =>
  Object.defineProperty(globalThis, name, { value, writable: true, enumerable: false, configurable: true });

// `holder`'s methods and accessors can be listed, as the Web IDL standard has it, and its objects show their class.
internals.expose = (type, tag = type.name) => {
  for (const key of Reflect.ownKeys(type.prototype)) {
    if (key !== "constructor" && typeof key === "string") {
      Object.defineProperty(type.prototype, key, { enumerable: true });
    }
  }
  Object.defineProperty(type.prototype, Symbol.toStringTag, { value: tag, configurable: true });
  internals.define(type.name, type);
};

// A string without halves of surrogate pairs.
internals.toUSVString = (value) => `${value}`.toWellFormed();

internals.needArguments = (name, given, wanted) => {
  if (given < wanted) throw new TypeError(`${name} takes ${wanted} argument${wanted > 1 ? "s" : ""}, ${given} given`);
};

// A dictionary of options: an object, or nothing.
internals.toDictionary = (value, name) => {
  if (value === undefined || value === null) return {};
  if (typeof value !== "object" && typeof value !== "function") throw new TypeError(`${name} must be an object`);
  return value;
};

const NO_EVENT_LOOP = "a function runs to its end inside the caller's transaction, nothing runs after it";
for (const name of ["setTimeout", "setInterval", "setImmediate"]) {
  internals.define(
    name,
    {
      [name]: () => {
        throw new TypeError(`${name} is not available in the database: ${NO_EVENT_LOOP}`);
      },
    }[name],
  );
}
// There is no timer to clear, which is no error anywhere.
for (const name of ["clearTimeout", "clearInterval", "clearImmediate"]) {
  internals.define(name, { [name]: () => {} }[name]);
}

const resolved = Promise.resolve();
internals.define("queueMicrotask", function queueMicrotask(work) {
  if (typeof work !== "function") throw new TypeError("queueMicrotask takes a function");
  resolved.then(() => work());
});
