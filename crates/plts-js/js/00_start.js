// The shared object of the prelude. It comes with `natives`, the functions in Rust; `harden` collects what the lock-down
// must freeze beside the globals; `platform` the prototypes of what structuredClone cannot copy.

internals.harden = [internals.natives];
internals.platform = new Set();
internals.nothing = () => {};
internals.random = Math.random;
