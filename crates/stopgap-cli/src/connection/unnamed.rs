//! Statements without a name: parsed, bound and run in one message, so that nothing of theirs stays in the session. A
//! pooler that gives each transaction another session could not keep it, and would find another client's there.

use bytes::BytesMut;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Client, Error};

/// A value that a statement takes.
pub(super) type Parameter<'a> = &'a (dyn ToSql + Sync);

/// Runs a statement that gives one row of one text.
pub(super) async fn query_text(
    client: &Client,
    sql: &str,
    parameters: &[Parameter<'_>],
) -> Result<String, Error> {
    let typed: Vec<(Parameter<'_>, Type)> =
        parameters.iter().map(|parameter| (*parameter, type_of(*parameter))).collect();
    client.query_typed_one(sql, &typed).await?.try_get(0)
}

/// The types of the values that the commands send.
const TYPES: [Type; 4] = [Type::TEXT, Type::INT8, Type::INT4, Type::BOOL];

/// The type that a value is written as: the one of those above that it takes. The driver itself refuses a value of no
/// such type as text.
fn type_of(parameter: Parameter<'_>) -> Type {
    let fits = |candidate: &Type| parameter.to_sql_checked(candidate, &mut BytesMut::new()).is_ok();
    TYPES.into_iter().find(fits).unwrap_or(Type::TEXT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_says_its_type() {
        let (name, names) = ("prod", "prod".to_owned());
        let cases: [(Parameter<'_>, Type); 10] = [
            (&name, Type::TEXT),
            (&names, Type::TEXT),
            (&Some("label".to_owned()), Type::TEXT),
            (&None::<String>, Type::TEXT),
            (&None::<&String>, Type::TEXT),
            (&7_i64, Type::INT8),
            (&None::<i64>, Type::INT8),
            (&Some(7_i32), Type::INT4),
            (&None::<i32>, Type::INT4),
            (&true, Type::BOOL),
        ];
        for (value, expected) in cases {
            assert_eq!(type_of(value), expected, "{value:?}");
        }
    }

    #[test]
    fn a_value_of_another_type_is_refused_by_the_driver() {
        let value: Parameter<'_> = &1.5_f64;
        assert_eq!(type_of(value), Type::TEXT);
        assert!(value.to_sql_checked(&Type::TEXT, &mut BytesMut::new()).is_err());
    }
}
