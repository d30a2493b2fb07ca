//! Rows: composite types, the tuples of relations, and whatever else a tuple descriptor describes.

use std::ffi::CStr;
use std::sync::Arc;

use pgrx::pg_sys::{self, Datum, HeapTuple, Oid, TupleDesc};
use plts_core::{CompositeShape, CompositeValue, Dialect, ErrorReport, FieldShape, SqlState, Value};

use super::{Codec, Use, record, type_name};
use crate::error::{Result, check};
use crate::{raw, text};

/// Rows up to this width are taken apart without an allocation.
const FEW: usize = 16;

/// How rows of one descriptor are converted, both ways.
pub struct RowCodec {
    row: *mut raw::Row,
    shape: Arc<CompositeShape>,
    /// All attributes in their order; `None` for a dropped one.
    attributes: Vec<Option<Codec>>,
    runs_code: bool,
    dialect: Dialect,
}

impl RowCodec {
    /// For a composite type or a table's row type; for `record`, the one that `typmod` stands for in this session.
    ///
    /// Errors: 42809 for a type that is not composite.
    pub fn of_type(oid: Oid, typmod: i32, dialect: Dialect) -> Result<Self> {
        let mut row = std::ptr::null_mut();
        // SAFETY: the shim catches errors.
        unsafe { check(raw::pgb_row_of_type(oid, typmod, &mut row))? };
        Self::opened(row, dialect)
    }

    /// For the rows of a descriptor: a relation's, or that of a call's result. It is copied.
    ///
    /// # Safety
    /// `descriptor` is a live tuple descriptor.
    pub unsafe fn of_descriptor(descriptor: TupleDesc, dialect: Dialect) -> Result<Self> {
        let mut row = std::ptr::null_mut();
        // SAFETY: the caller's promise; the shim catches errors.
        unsafe { check(raw::pgb_row_of_descriptor(descriptor, &mut row))? };
        Self::opened(row, dialect)
    }

    fn opened(row: *mut raw::Row, dialect: Dialect) -> Result<Self> {
        let name = String::new();
        let shape = CompositeShape { name, fields: Vec::new() };
        // From here on the row is closed whatever happens.
        let mut codec =
            Self { row, shape: Arc::new(shape), attributes: Vec::new(), runs_code: false, dialect };
        // SAFETY: opened just now.
        let (oid, width) = unsafe { (raw::pgb_row_type(row), raw::pgb_row_width(row)) };
        let mut fields = Vec::new();
        for index in 0..width {
            let mut attribute = std::mem::MaybeUninit::<raw::Attribute>::uninit();
            // SAFETY: `index` is below the width; the shim fills all fields, and the name lives as long as the row.
            let (attribute, name) = unsafe {
                raw::pgb_row_attribute(row, index, attribute.as_mut_ptr());
                let attribute = attribute.assume_init();
                let name = CStr::from_ptr(attribute.name);
                (attribute, name)
            };
            if attribute.dropped {
                codec.attributes.push(None);
                continue;
            }
            let field = Codec::new(attribute.kind, attribute.typmod, Use::Statement(dialect))?;
            codec.runs_code |= field.runs_code();
            fields.push(FieldShape {
                name: text::from_server(name.to_bytes())?.into_owned(),
                shape: field.shape().clone(),
            });
            codec.attributes.push(Some(field));
        }
        codec.shape = Arc::new(CompositeShape { name: type_name(oid, -1)?, fields });
        Ok(codec)
    }

    /// What its rows are in JavaScript.
    #[inline]
    pub fn shape(&self) -> &Arc<CompositeShape> {
        &self.shape
    }

    /// The number by which this session knows a record's columns; -1 for a named type.
    pub fn typmod(&self) -> i32 {
        // SAFETY: a live row.
        unsafe { raw::pgb_row_typmod(self.row) }
    }

    /// The descriptor, which lives as long as this.
    pub(crate) fn descriptor(&self) -> TupleDesc {
        // SAFETY: a live row.
        unsafe { raw::pgb_row_descriptor(self.row) }
    }

    /// All attributes, dropped ones included: how wide the arrays of [`Self::encode`] become.
    pub fn width(&self) -> usize {
        self.attributes.len()
    }

    /// Whether the type is still as it was when this codec was made. Rows of no named type never change.
    ///
    /// Errors: the type is gone.
    pub fn is_current(&self) -> Result<bool> {
        let mut current = false;
        // SAFETY: a live row; the shim catches errors.
        unsafe { check(raw::pgb_row_is_current(self.row, &mut current))? };
        if !current {
            return Ok(false);
        }
        for codec in self.attributes.iter().flatten() {
            if !codec.is_current()? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    pub(super) fn runs_code(&self) -> bool {
        self.runs_code
    }

    /// The value of a composite datum. One that is of another type than expected, by its own header, is taken as what
    /// it says it is.
    ///
    /// # Safety
    /// `datum` is a composite value, not NULL, that lives as long as `'a` says.
    pub unsafe fn decode<'a>(&self, datum: Datum) -> Result<CompositeValue<'a>> {
        // SAFETY: the caller's promise; what is deformed is of this row's type, and a detoasted copy lives in the
        // current memory context, which is the call's.
        unsafe {
            let identity = record::identify(datum)?;
            if !raw::pgb_row_fits(self.row, identity.oid, identity.typmod) {
                return record::decode_as(&identity, self.dialect);
            }
            self.decode_identified(&identity)
        }
    }

    /// # Safety
    /// As [`Self::decode`], and the value is of this row's type.
    pub(super) unsafe fn decode_identified<'a>(
        &self,
        identity: &record::Identity,
    ) -> Result<CompositeValue<'a>> {
        self.with_attributes(|values, nulls| {
            // SAFETY: the caller's promise; both arrays are as wide as the row.
            unsafe {
                raw::pgb_row_deform(self.row, identity.flat, values.as_mut_ptr(), nulls.as_mut_ptr());
                self.convert(values, nulls)
            }
        })
    }

    /// The value of a tuple, as a trigger or a scan has it.
    ///
    /// # Safety
    /// `tuple` is a tuple of the descriptor this codec was made for, and lives as long as `'a` says.
    pub unsafe fn decode_tuple<'a>(&self, tuple: HeapTuple) -> Result<CompositeValue<'a>> {
        self.with_attributes(|values, nulls| {
            // SAFETY: the caller's promise; both arrays are as wide as the row.
            unsafe {
                raw::pgb_row_deform_tuple(self.row, tuple, values.as_mut_ptr(), nulls.as_mut_ptr());
                self.convert(values, nulls)
            }
        })
    }

    fn with_attributes<R>(&self, work: impl FnOnce(&mut [Datum], &mut [bool]) -> R) -> R {
        let width = self.width();
        if width <= FEW {
            let (mut values, mut nulls) = ([Datum::null(); FEW], [true; FEW]);
            return work(&mut values[..width], &mut nulls[..width]);
        }
        work(&mut vec![Datum::null(); width], &mut vec![true; width])
    }

    /// # Safety
    /// The datums are those of a row of this kind, one for each attribute, and live as long as `'a` says.
    unsafe fn convert<'a>(&self, values: &[Datum], nulls: &[bool]) -> Result<CompositeValue<'a>> {
        let mut converted = Vec::with_capacity(self.shape.fields.len());
        for ((codec, datum), null) in self.attributes.iter().zip(values).zip(nulls) {
            let Some(codec) = codec else { continue };
            // SAFETY: the caller's promise.
            converted.push(if *null { Value::Null } else { unsafe { codec.decode(*datum)? } });
        }
        CompositeValue::new(Arc::clone(&self.shape), converted).ok_or_else(Self::misfit)
    }

    /// The datums of a row over all attributes; dropped ones are NULL. Both arrays are cleared first.
    ///
    /// Errors: those of the columns' types, naming the column; 0A000 when the type has changed since the codec was made.
    pub fn encode(
        &self,
        value: &CompositeValue<'_>,
        datums: &mut Vec<Datum>,
        nulls: &mut Vec<bool>,
    ) -> Result<()> {
        if !Arc::ptr_eq(value.shape(), &self.shape) && **value.shape() != *self.shape {
            return Err(Self::misfit());
        }
        if !self.is_current()? {
            return Err(Box::new(
                ErrorReport::new(
                    SqlState::FEATURE_NOT_SUPPORTED,
                    format!("type {} was changed while it was in use", self.shape.name),
                )
                .with_hint("Call the function again: the next call sees the type as it is now."),
            ));
        }
        datums.clear();
        nulls.clear();
        let mut live = self.shape.fields.iter().zip(value.values());
        for codec in &self.attributes {
            let (Some(codec), Some((field, value))) = (codec, codec.as_ref().and_then(|_| live.next()))
            else {
                datums.push(Datum::null());
                nulls.push(true);
                continue;
            };
            let datum = codec.encode(value).map_err(|report| self.in_column(&field.name, report))?;
            nulls.push(datum.is_none());
            datums.push(datum.unwrap_or(Datum::null()));
        }
        Ok(())
    }

    /// A composite datum, in the current memory context.
    ///
    /// Errors: as [`Self::encode`].
    pub fn encode_datum(&self, value: &CompositeValue<'_>) -> Result<Datum> {
        let (mut datums, mut nulls) = (Vec::new(), Vec::new());
        self.encode(value, &mut datums, &mut nulls)?;
        let mut made = Datum::null();
        // SAFETY: as many datums as the row is wide, of its columns' types; the shim catches errors.
        unsafe {
            check(raw::pgb_row_make_datum(self.row, datums.as_mut_ptr(), nulls.as_mut_ptr(), &mut made))?
        };
        Ok(made)
    }

    /// A tuple, in the current memory context.
    ///
    /// Errors: as [`Self::encode`].
    pub fn encode_tuple(&self, value: &CompositeValue<'_>) -> Result<HeapTuple> {
        let (mut datums, mut nulls) = (Vec::new(), Vec::new());
        self.encode(value, &mut datums, &mut nulls)?;
        let mut made: HeapTuple = std::ptr::null_mut::<pg_sys::HeapTupleData>();
        // SAFETY: as above.
        unsafe {
            check(raw::pgb_row_make_tuple(self.row, datums.as_mut_ptr(), nulls.as_mut_ptr(), &mut made))?
        };
        Ok(made)
    }

    #[cold]
    fn in_column(&self, column: &str, mut report: Box<ErrorReport>) -> Box<ErrorReport> {
        let line = format!("column \"{column}\" of {}", self.shape.name);
        report.context = Some(match report.context.take() {
            Some(context) => format!("{line}\n{context}"),
            None => line,
        });
        report
    }

    #[cold]
    fn misfit() -> Box<ErrorReport> {
        Box::new(ErrorReport::internal("a row does not have the columns of its type"))
    }
}

impl Drop for RowCodec {
    fn drop(&mut self) {
        // SAFETY: opened by us, closed once; it only deletes a memory context, which cannot raise.
        unsafe { raw::pgb_row_close(self.row) };
    }
}
