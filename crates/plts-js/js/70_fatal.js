// What V8 answers by ending the process, with a fatal error that no handler sees, is refused before: the parts of a split
// string go into an array whose elements must be fewer than 2^27.

const MOST_PARTS = 2 ** 27 - 2 ** 16;

const refuse = () => {
  throw new RangeError("the string is too long to be split: it may have 134 million characters at most");
};

const call = Function.prototype.call;

const splitString = call.bind(String.prototype.split);
const splitByRegExp = call.bind(RegExp.prototype[Symbol.split]);

const replace = (holder, key, method) => {
  const descriptor = Reflect.getOwnPropertyDescriptor(holder, key);
  Object.defineProperty(method, "name", { value: descriptor.value.name });
  Object.defineProperty(holder, key, { ...descriptor, value: method });
};

replace(
  String.prototype,
  "split",
  {
    split(separator, limit) {
      if (this === undefined || this === null) throw new TypeError("String.prototype.split called on null or undefined");
      if (typeof this === "string" && this.length < MOST_PARTS) return splitString(this, separator, limit);
      const text = `${this}`;
      if (text.length >= MOST_PARTS) refuse();
      return splitString(text, separator, limit);
    },
  }.split,
);

replace(
  RegExp.prototype,
  Symbol.split,
  {
    split(string, limit) {
      const text = typeof string === "string" ? string : `${string}`;
      if (text.length >= MOST_PARTS) refuse();
      return splitByRegExp(this, text, limit);
    },
  }.split,
);
