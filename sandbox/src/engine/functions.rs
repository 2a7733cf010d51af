//! The functions over rows that the engine does not have: total, and of nothing but their argument.

use crate::question::{Part, part_of};
use datafusion::arrow::array::{Array as _, ArrayRef, AsArray as _, Int64Array};
use datafusion::arrow::datatypes::{DataType, Int64Type};
use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use std::sync::Arc;

/// A function from whole numbers to whole numbers; what is missing stays missing.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Total {
    /// The entry of a list at this place.
    Lookup(Arc<[Option<i64>]>),
    /// A part of a day.
    Calendar(Part),
}

impl Total {
    fn of(&self, value: i64) -> Option<i64> {
        match self {
            Self::Lookup(table) => {
                usize::try_from(value).ok().and_then(|at| table.get(at).copied().flatten())
            }
            Self::Calendar(part) => Some(part_of(*part, value)),
        }
    }
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Function {
    total: Total,
    signature: Signature,
}

impl ScalarUDFImpl for Function {
    fn name(&self) -> &str {
        match self.total {
            Total::Lookup(_) => "lookup",
            Total::Calendar(_) => "calendar",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        Ok(DataType::Int64)
    }

    fn invoke_with_args(&self, arguments: ScalarFunctionArgs) -> Result<ColumnarValue> {
        Ok(match &arguments.args[0] {
            ColumnarValue::Scalar(ScalarValue::Int64(value)) => {
                ColumnarValue::Scalar(ScalarValue::Int64(value.and_then(|value| self.total.of(value))))
            }
            ColumnarValue::Scalar(_) => ColumnarValue::Scalar(ScalarValue::Int64(None)),
            ColumnarValue::Array(array) => {
                let values = array.as_primitive::<Int64Type>();
                let found: Int64Array = (0..values.len())
                    .map(|at| match values.is_null(at) {
                        true => None,
                        false => self.total.of(values.value(at)),
                    })
                    .collect();
                ColumnarValue::Array(Arc::new(found) as ArrayRef)
            }
        })
    }
}

fn call(total: Total, of: Expr) -> Expr {
    let signature = Signature::exact(vec![DataType::Int64], Volatility::Immutable);
    ScalarUDF::new_from_impl(Function { total, signature }).call(vec![of])
}

/// The entry of a list.
pub(super) fn lookup(table: &Arc<[Option<i64>]>, of: Expr) -> Expr {
    call(Total::Lookup(Arc::clone(table)), of)
}

/// A part of a day.
pub(super) fn calendar(part: Part, of: Expr) -> Expr {
    call(Total::Calendar(part), of)
}
