// JSON without loss of integers: beyond 2^53 they are bigints, both ways.

const { parse, rawJSON } = JSON;
const INTEGER = /^-?[0-9]+$/;

internals.parseJson = (text) =>
  parse(text, (key, value, context) =>
    typeof value === "number" && !Number.isSafeInteger(value) && INTEGER.test(context.source)
      ? BigInt(context.source)
      : value,
  );

Object.defineProperty(BigInt.prototype, "toJSON", {
  value: function toJSON() {
    return rawJSON(BigInt.prototype.toString.call(this));
  },
  writable: true,
  enumerable: false,
  configurable: true,
});
