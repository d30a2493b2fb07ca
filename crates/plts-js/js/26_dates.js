// Dates from the database. The microseconds that a Date cannot hold ride along under a private name: V8 shows it to no
// code but to what is given the name, which native code does here for once.

let time;

internals.takeTimeName = (name) => {
  time = name;
};

// `micros` is the whole time, an exact integer.
internals.makeDate = (millis, micros) => {
  const date = new Date(millis);
  date[time] = micros;
  return date;
};
