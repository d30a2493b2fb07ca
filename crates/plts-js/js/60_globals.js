// Globals that are expected but mean nothing inside a transaction say so; queueMicrotask is given.

const define = (name, value) =>
  Object.defineProperty(globalThis, name, { value, writable: true, enumerable: false, configurable: true });

const absent = (name, reason) => {
  const refuse = {
    [name]: () => {
      throw new TypeError(`${name} is not available in the database: ${reason}`);
    },
  }[name];
  define(name, refuse);
};

const NO_EVENT_LOOP = "a function runs to its end inside the caller's transaction, nothing runs after it";
for (const name of [
  "setTimeout",
  "setInterval",
  "setImmediate",
  "clearTimeout",
  "clearInterval",
  "clearImmediate",
  "requestAnimationFrame",
]) {
  absent(name, NO_EVENT_LOOP);
}
absent("fetch", "a transaction must not wait for the network");

const resolved = Promise.resolve();
define("queueMicrotask", function queueMicrotask(work) {
  if (typeof work !== "function") throw new TypeError("queueMicrotask takes a function");
  resolved.then(() => work());
});
