//! Arrays of more than one dimension, or counted from elsewhere than 1.

use super::Value;

/// One dimension of an array.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dimension {
    /// How many elements; at least one.
    pub length: u32,
    /// The subscript of the first.
    pub lower: i32,
}

/// An array with its dimensions, the outermost first, and its elements in row-major order, as PostgreSQL stores them.
#[derive(Clone, Debug, PartialEq)]
pub struct ArrayValue<'a> {
    dimensions: Box<[Dimension]>,
    elements: Vec<Value<'a>>,
}

impl<'a> ArrayValue<'a> {
    /// `None` unless there are dimensions, and as many elements as they say.
    pub fn new(dimensions: Vec<Dimension>, elements: Vec<Value<'a>>) -> Option<Self> {
        let count =
            dimensions.iter().try_fold(1usize, |count, each| count.checked_mul(each.length as usize))?;
        (!dimensions.is_empty() && count > 0 && count == elements.len())
            .then(|| Self { dimensions: dimensions.into(), elements })
    }

    /// At least one.
    pub fn dimensions(&self) -> &[Dimension] {
        &self.dimensions
    }

    pub fn elements(&self) -> &[Value<'a>] {
        &self.elements
    }

    pub fn into_owned(self) -> ArrayValue<'static> {
        ArrayValue {
            dimensions: self.dimensions,
            elements: self.elements.into_iter().map(Value::into_owned).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(lengths: &[u32], count: usize) -> Option<ArrayValue<'static>> {
        let dimensions = lengths.iter().map(|length| Dimension { length: *length, lower: 1 }).collect();
        ArrayValue::new(dimensions, vec![Value::Null; count])
    }

    #[test]
    fn dimensions_and_elements_agree() {
        assert!(of(&[2, 3], 6).is_some());
        assert!(of(&[2, 3], 5).is_none());
        assert!(of(&[], 0).is_none());
        assert!(of(&[2, 0], 0).is_none());
        assert!(of(&[u32::MAX, u32::MAX, u32::MAX], 1).is_none());
    }
}
