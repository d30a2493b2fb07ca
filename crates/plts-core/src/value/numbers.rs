//! Arrays of numbers without NULL, as one piece of memory.

/// The elements of a typed array.
#[derive(Clone, Debug, PartialEq)]
pub enum NumberArray {
    /// `Int16Array`
    Int2(Vec<i16>),
    /// `Int32Array`
    Int4(Vec<i32>),
    /// `BigInt64Array`
    Int8(Vec<i64>),
    /// `Float32Array`
    Float4(Vec<f32>),
    /// `Float64Array`
    Float8(Vec<f64>),
}
