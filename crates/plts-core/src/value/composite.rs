//! Composites: the values of a row by column.

use std::sync::Arc;

use super::Value;
use crate::types::CompositeShape;

/// A composite or a record: one value for each field of its shape, in their order.
#[derive(Clone, Debug, PartialEq)]
pub struct CompositeValue<'a> {
    shape: Arc<CompositeShape>,
    values: Box<[Value<'a>]>,
}

impl<'a> CompositeValue<'a> {
    /// `None` unless there are as many values as `shape` has fields.
    pub fn new(shape: Arc<CompositeShape>, values: Vec<Value<'a>>) -> Option<Self> {
        (shape.fields.len() == values.len()).then(|| Self { shape, values: values.into() })
    }

    pub fn shape(&self) -> &Arc<CompositeShape> {
        &self.shape
    }

    /// As many as the shape has fields.
    pub fn values(&self) -> &[Value<'a>] {
        &self.values
    }

    /// The values alone.
    pub fn into_values(self) -> Vec<Value<'a>> {
        self.values.into_vec()
    }

    pub fn into_owned(self) -> CompositeValue<'static> {
        CompositeValue { shape: self.shape, values: self.values.into_iter().map(Value::into_owned).collect() }
    }
}
