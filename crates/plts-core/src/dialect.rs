//! For which language a function's text was written: it decides how the text is run and how its values are converted.

/// The dialect of a function. Every conversion between SQL and JavaScript is chosen for one of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Dialect {
    /// TypeScript for plts: strict, and nothing is lost on the way of a value.
    #[default]
    TypeScript,
    /// JavaScript for plv8: sloppy, with the object `plv8` and the conversions of plv8. Numerics are numbers, dates and
    /// timestamps are `Date`s, arrays have one dimension, and what has no form of its own goes through its type's
    /// input and output functions.
    Plv8,
}
