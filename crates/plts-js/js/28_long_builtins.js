// V8's own functions of which one call can take milliseconds. A loop of them is interpreted some thousand rounds between two
// looks at interrupts; the entry of a function of JavaScript is such a look, so that a cancel or a timeout waits for one call.

const { apply } = Reflect;

// Puts in the place of each of these functions one of JavaScript that calls it.
const listen = (holder, names) => {
  for (const name of names) {
    const builtin = holder[name];
    const { [name]: listening } = {
      [name]() {
        return apply(builtin, this, arguments);
      },
    };
    Object.defineProperty(listening, "length", { value: builtin.length });
    Object.defineProperty(holder, name, { value: listening });
  }
};

listen(String.prototype, ["normalize", "localeCompare", "lastIndexOf", "toLocaleUpperCase", "toLocaleLowerCase"]);
listen(Object.getPrototypeOf(Uint8Array.prototype), [
  "fill",
  "copyWithin",
  "reverse",
  "indexOf",
  "lastIndexOf",
  "includes",
]);
listen(Array.prototype, ["fill"]);
listen(JSON, ["parse"]);
listen(globalThis, [
  "encodeURI",
  "encodeURIComponent",
  "decodeURI",
  "decodeURIComponent",
  "escape",
  "unescape",
]);
