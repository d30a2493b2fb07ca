// The shared object of the prelude. `natives` is filled when a context is made; `harden` collects what the lock-down
// must freeze beside the globals.

internals.natives = {};
internals.harden = [];
internals.nothing = () => {};
