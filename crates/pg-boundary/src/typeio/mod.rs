//! Values across the boundary: a codec is chosen once for an argument, result, parameter or column, and then converts
//! datums to [`Value`]s and back, as plpython's `PLyDatumToOb` and `PLyObToDatum` do.
//!
//! Nothing is lost in silence: what does not fit is an error with the SQLSTATE of its kind.

mod array;
mod decode;
mod domain;
mod encode;
mod io;
mod lexical;
mod numbers;
mod packed;
mod range;
mod record;
mod row;
mod signature;

use std::ffi::c_char;
use std::sync::Arc;

use pgrx::pg_sys::{self, Oid};
use plts_core::{Dialect, ErrorReport, SqlState, TypeShape};

use crate::error::{Result, check};
use crate::{raw, text};
pub(crate) use decode::jsonb_text;
pub(crate) use io::TypeIo;
pub use packed::PackedText;
pub use row::RowCodec;
pub use signature::{Arguments, Signature};

use array::ArrayCodec;
use domain::DomainCodec;
use io::Style;
use lexical::Lexical;
use numbers::NumbersCodec;
use range::{MultirangeCodec, RangeCodec};

/// How values of one SQL type are converted.
pub struct Codec {
    kind: Kind,
    shape: TypeShape,
    /// Whether making a datum may run code of users: the checks of a domain.
    runs_code: bool,
    /// Whether the type may come to mean something else: `ALTER TYPE` and `ALTER TABLE` change composites in place.
    may_change: bool,
    /// The input function, for a text in the place of any value.
    lexical: Option<Lexical>,
}

/// How the datum lies in memory and which side of [`plts_core::Value`] it takes.
enum Kind {
    Void,
    Bool,
    Int2,
    Int4,
    Int8,
    Oid,
    Float4,
    Float8,
    Numeric(TypeIo),
    /// `numeric` as the nearest number.
    NumericAsNumber(TypeIo),
    /// A varlena whose bytes are text in the server's encoding; input by its input function when it has a check
    /// beyond that (`varchar(n)` with a typmod does not come here).
    Text,
    Uuid,
    Bytea,
    /// `json`: text on the way out, its input function on the way in, which checks it.
    Json(TypeIo),
    Jsonb,
    TimestampTz,
    /// `timestamptz(n)`, with its type modifier.
    TimestampTzRounded(i32),
    Date(TypeIo),
    /// `date` as the beginning of its day in UTC.
    DateAsTime(TypeIo),
    /// `timestamp` as if it were UTC, with its type modifier.
    Timestamp(i32),
    /// Any other type, by its input and output functions.
    Io(TypeIo),
    Array(Box<ArrayCodec>),
    Domain(Box<DomainCodec>),
    /// A domain of plv8's over an array of numbers.
    Numbers(Box<NumbersCodec>),
    Composite(Box<RowCodec>),
    Record(Dialect),
    Range(Box<RangeCodec>),
    Multirange(Box<MultirangeCodec>),
}

/// What a type is needed for: decides which types are taken, and how an error says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Use {
    /// An argument or result of a function: no pseudo-types but `record` and `void`.
    Signature(Dialect),
    /// A column or parameter of a statement: every type, by its I/O functions if need be.
    Statement(Dialect),
}

impl Use {
    fn dialect(self) -> Dialect {
        match self {
            Self::Signature(dialect) | Self::Statement(dialect) => dialect,
        }
    }
}

impl Codec {
    /// The codec for a type.
    ///
    /// Errors: 0A000 for a type that has no JavaScript form in this use.
    pub fn new(oid: Oid, typmod: i32, purpose: Use) -> Result<Self> {
        let mut codec = Self::of_its_own(oid, typmod, purpose)?;
        if purpose.dialect() == Dialect::Plv8 {
            codec.lexical = Some(Lexical::new(oid, typmod));
        }
        Ok(codec)
    }

    fn of_its_own(oid: Oid, typmod: i32, purpose: Use) -> Result<Self> {
        let plv8 = purpose.dialect() == Dialect::Plv8;
        let (kind, shape) = match oid {
            pg_sys::VOIDOID => (Kind::Void, TypeShape::Void),
            pg_sys::BOOLOID => (Kind::Bool, TypeShape::Bool),
            pg_sys::INT2OID => (Kind::Int2, TypeShape::Int2),
            pg_sys::INT4OID => (Kind::Int4, TypeShape::Int4),
            pg_sys::INT8OID => (Kind::Int8, TypeShape::Int8),
            pg_sys::OIDOID => (Kind::Oid, TypeShape::Oid),
            pg_sys::FLOAT4OID => (Kind::Float4, TypeShape::Float4),
            pg_sys::FLOAT8OID => (Kind::Float8, TypeShape::Float8),
            pg_sys::NUMERICOID if plv8 => {
                (Kind::NumericAsNumber(TypeIo::open(oid, typmod)?), TypeShape::Numeric)
            }
            pg_sys::DATEOID if plv8 => (Kind::DateAsTime(TypeIo::open(oid, typmod)?), TypeShape::Date),
            pg_sys::TIMESTAMPOID if plv8 => (Kind::Timestamp(typmod), TypeShape::TimestampTz),
            pg_sys::NUMERICOID => (Kind::Numeric(TypeIo::open(oid, typmod)?), TypeShape::Numeric),
            pg_sys::TEXTOID => (Kind::Text, TypeShape::Text),
            pg_sys::UUIDOID => (Kind::Uuid, TypeShape::Text),
            pg_sys::BYTEAOID => (Kind::Bytea, TypeShape::Bytea),
            pg_sys::JSONOID => (Kind::Json(TypeIo::open(oid, typmod)?), TypeShape::Json),
            pg_sys::JSONBOID => (Kind::Jsonb, TypeShape::Jsonb),
            pg_sys::TIMESTAMPTZOID if typmod >= 0 => {
                (Kind::TimestampTzRounded(typmod), TypeShape::TimestampTz)
            }
            pg_sys::TIMESTAMPTZOID => (Kind::TimestampTz, TypeShape::TimestampTz),
            pg_sys::RECORDOID => (Kind::Record(purpose.dialect()), TypeShape::Record),
            pg_sys::DATEOID => (Kind::Date(TypeIo::open(oid, typmod)?), TypeShape::Date),
            _ => return Self::by_catalog(oid, typmod, purpose),
        };
        Ok(Self { kind, shape, runs_code: false, may_change: false, lexical: None })
    }

    fn by_catalog(oid: Oid, typmod: i32, purpose: Use) -> Result<Self> {
        let described = describe(oid)?;
        if described.element != Oid::INVALID && described.base == oid {
            let codec = ArrayCodec::new(oid, described.element, typmod, purpose)?;
            let element = codec.element();
            let shape = TypeShape::Array(Box::new(element.shape().clone()));
            let (runs_code, may_change) = (element.runs_code, element.may_change);
            let kind = Kind::Array(Box::new(codec));
            return Ok(Self { kind, shape, runs_code, may_change, lexical: None });
        }
        let plv8 = purpose.dialect() == Dialect::Plv8;
        match described.kind as u8 {
            b'd' if plv8 && let Some(numbers) = NumbersCodec::of_domain(oid, &described)? => {
                let shape = numbers.shape();
                let kind = Kind::Numbers(Box::new(numbers));
                Ok(Self { kind, shape, runs_code: true, may_change: false, lexical: None })
            }
            b'd' if plv8 && is_scalar(described.base)? => Self::by_io(oid, typmod, Style::Session, true),
            b'd' => {
                let codec = DomainCodec::new(oid, &described, purpose)?;
                let (shape, may_change) = (codec.base().shape().clone(), codec.base().may_change);
                let kind = Kind::Domain(Box::new(codec));
                Ok(Self { kind, shape, runs_code: true, may_change, lexical: None })
            }
            b'c' => Ok(Self::composite(RowCodec::of_type(oid, -1, purpose.dialect())?)),
            b'r' | b'm' if plv8 => Self::by_io(oid, typmod, Style::Session, true),
            b'r' => {
                let codec = RangeCodec::new(oid, purpose)?;
                let shape = TypeShape::Range(codec.shape(oid)?);
                let may_change = codec.bound().may_change;
                let kind = Kind::Range(Box::new(codec));
                Ok(Self { kind, shape, runs_code: true, may_change, lexical: None })
            }
            b'm' => {
                let codec = MultirangeCodec::new(oid, purpose)?;
                let shape = TypeShape::Multirange(codec.shape(oid)?);
                let may_change = codec.bound().may_change;
                let kind = Kind::Multirange(Box::new(codec));
                Ok(Self { kind, shape, runs_code: true, may_change, lexical: None })
            }
            b'p' if matches!(purpose, Use::Signature(_)) => Err(unsupported_type(oid, typmod)),
            kind => {
                let style = if plv8 { Style::Session } else { Style::Iso };
                Self::by_io(oid, typmod, style, !matches!(kind, b'b' | b'e'))
            }
        }
    }

    fn by_io(oid: Oid, typmod: i32, style: Style, runs_code: bool) -> Result<Self> {
        let kind = Kind::Io(TypeIo::open_in_style(oid, typmod, style)?);
        Ok(Self { kind, shape: TypeShape::Text, runs_code, may_change: false, lexical: None })
    }

    /// The codec for values of a row that is known already: a relation's, or that of a call's result.
    pub fn composite(row: RowCodec) -> Self {
        Self {
            shape: TypeShape::Composite(Arc::clone(row.shape())),
            runs_code: row.runs_code(),
            kind: Kind::Composite(Box::new(row)),
            may_change: true,
            lexical: None,
        }
    }

    /// The columns, when the values are rows.
    pub fn row(&self) -> Option<&RowCodec> {
        match &self.kind {
            Kind::Composite(row) => Some(row),
            _ => None,
        }
    }

    /// Whether the values are rows with constraints of a domain.
    pub fn is_domain_over_row(&self) -> bool {
        matches!(&self.kind, Kind::Domain(domain) if domain.base().row().is_some())
    }

    /// Whether the codec still fits its type. It costs nothing for a type that cannot change.
    ///
    /// Errors: the type is gone.
    #[inline]
    pub fn is_current(&self) -> Result<bool> {
        if self.may_change { self.has_not_changed() } else { Ok(true) }
    }

    #[cold]
    fn has_not_changed(&self) -> Result<bool> {
        match &self.kind {
            Kind::Composite(row) => row.is_current(),
            Kind::Array(array) => array.element().is_current(),
            Kind::Domain(domain) => domain.base().is_current(),
            Kind::Range(range) => range.bound().is_current(),
            Kind::Multirange(multirange) => multirange.bound().is_current(),
            _ => Ok(true),
        }
    }

    /// Whether [`Codec::is_current`] may ever say no.
    #[inline]
    pub fn may_change(&self) -> bool {
        self.may_change
    }

    /// Whether [`Codec::encode`] may run code of users. Its failure is then undone like a statement's.
    pub fn runs_code(&self) -> bool {
        self.runs_code
    }

    /// What values of the type are in JavaScript.
    #[inline]
    pub fn shape(&self) -> &TypeShape {
        &self.shape
    }
}

/// Whether a type is neither an array nor a row, nor a domain over one.
fn is_scalar(oid: Oid) -> Result<bool> {
    if oid == pg_sys::RECORDOID {
        return Ok(false);
    }
    let described = describe(oid)?;
    Ok(match described.kind as u8 {
        b'd' => is_scalar(described.base)?,
        b'c' => false,
        _ => described.element == Oid::INVALID || described.base != oid,
    })
}

fn describe(oid: Oid) -> Result<raw::PgType> {
    let mut described = std::mem::MaybeUninit::zeroed();
    // SAFETY: the shim fills the record, or gives an error; a zeroed record is a valid one.
    unsafe {
        check(raw::pgb_type_lookup(oid, described.as_mut_ptr()))?;
        Ok(described.assume_init())
    }
}

/// The name of a type as SQL writes it.
pub fn type_name(oid: Oid, typmod: i32) -> Result<String> {
    let mut name: *mut c_char = std::ptr::null_mut();
    // SAFETY: the shim catches errors and gives a palloc'd C string.
    unsafe {
        check(raw::pgb_type_name(oid, typmod, &mut name))?;
        text::take(name)
    }
}

fn unsupported_type(oid: Oid, typmod: i32) -> Box<ErrorReport> {
    match type_name(oid, typmod) {
        Ok(name) => Box::new(ErrorReport::new(
            SqlState::FEATURE_NOT_SUPPORTED,
            format!("plts functions do not support type {name}"),
        )),
        Err(error) => error,
    }
}
