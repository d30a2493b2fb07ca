// Ranges: one form for all, so that each has the same properties.

internals.makeRange = (lower, upper, lowerInclusive, upperInclusive, empty) => ({
  lower,
  upper,
  lowerInclusive,
  upperInclusive,
  empty,
});
