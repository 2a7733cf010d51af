//! Arrow columns as text, without the cast kernels of Arrow: they are a large crate to build.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{
    ArrowPrimitiveType, ArrowTemporalType, ArrowTimestampType, Date32Type, Date64Type, Decimal32Type,
    Decimal64Type, Decimal128Type, Decimal256Type, DecimalType, Float16Type, Float32Type, Float64Type,
    Int8Type, Int16Type, Int32Type, Int64Type, Time32MillisecondType, Time32SecondType,
    Time64MicrosecondType, Time64NanosecondType, TimestampMicrosecondType, TimestampMillisecondType,
    TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type, UInt32Type, UInt64Type,
};
use arrow_array::{Array, ArrayRef, PrimitiveArray, StringArray};
use arrow_schema::{DataType, TimeUnit};

use super::super::number::number_text;

/// China standard time, in seconds east of UTC.
const EAST: i64 = 8 * 3600;

/// The values of a column as text; none where one of them has none (bytes that are not UTF-8, a day
/// beyond the calendar) or the type is not a plain one.
pub(super) fn text(array: &dyn Array) -> Option<ArrayRef> {
    use DataType as D;
    Some(match array.data_type() {
        D::Utf8 => array.slice(0, array.len()),
        D::LargeUtf8 => collected(array.as_string::<i64>().iter().map(|v| v.map(str::to_owned))),
        D::Utf8View => collected(array.as_string_view().iter().map(|v| v.map(str::to_owned))),
        D::Binary => utf8(array.as_binary::<i32>().iter())?,
        D::LargeBinary => utf8(array.as_binary::<i64>().iter())?,
        D::BinaryView => utf8(array.as_binary_view().iter())?,
        D::FixedSizeBinary(_) => utf8(array.as_fixed_size_binary().iter())?,
        D::Boolean => collected(array.as_boolean().iter().map(|v| v.map(|v| v.to_string()))),
        D::Int8 => shown::<Int8Type>(array),
        D::Int16 => shown::<Int16Type>(array),
        D::Int32 => shown::<Int32Type>(array),
        D::Int64 => shown::<Int64Type>(array),
        D::UInt8 => shown::<UInt8Type>(array),
        D::UInt16 => shown::<UInt16Type>(array),
        D::UInt32 => shown::<UInt32Type>(array),
        D::UInt64 => shown::<UInt64Type>(array),
        D::Float16 => {
            numbers(array.as_primitive::<Float16Type>().iter().map(|v| v.map(|v| short(v.to_f32()))))
        }
        D::Float32 => numbers(array.as_primitive::<Float32Type>().iter().map(|v| v.map(short))),
        D::Float64 => numbers(array.as_primitive::<Float64Type>().iter()),
        D::Decimal32(..) => decimals::<Decimal32Type>(array),
        D::Decimal64(..) => decimals::<Decimal64Type>(array),
        D::Decimal128(..) => decimals::<Decimal128Type>(array),
        D::Decimal256(..) => decimals::<Decimal256Type>(array),
        D::Date32 => dates::<Date32Type>(array)?,
        D::Date64 => dates::<Date64Type>(array)?,
        D::Time32(TimeUnit::Second) => times::<Time32SecondType>(array)?,
        D::Time32(_) => times::<Time32MillisecondType>(array)?,
        D::Time64(TimeUnit::Microsecond) => times::<Time64MicrosecondType>(array)?,
        D::Time64(_) => times::<Time64NanosecondType>(array)?,
        D::Timestamp(TimeUnit::Second, zone) => moments::<TimestampSecondType>(array, zone.is_some())?,
        D::Timestamp(TimeUnit::Millisecond, zone) => {
            moments::<TimestampMillisecondType>(array, zone.is_some())?
        }
        D::Timestamp(TimeUnit::Microsecond, zone) => {
            moments::<TimestampMicrosecondType>(array, zone.is_some())?
        }
        D::Timestamp(TimeUnit::Nanosecond, zone) => {
            moments::<TimestampNanosecondType>(array, zone.is_some())?
        }
        D::Null => Arc::new(StringArray::new_null(array.len())),
        D::Dictionary(..) => dictionary(array)?,
        _ => return None,
    })
}

fn collected(values: impl Iterator<Item = Option<String>>) -> ArrayRef {
    Arc::new(values.collect::<StringArray>())
}

fn utf8<'a>(values: impl Iterator<Item = Option<&'a [u8]>>) -> Option<ArrayRef> {
    let texts = values.map(|v| v.map(std::str::from_utf8).transpose());
    Some(Arc::new(texts.collect::<Result<StringArray, _>>().ok()?))
}

fn shown<T: ArrowPrimitiveType>(array: &dyn Array) -> ArrayRef
where
    T::Native: std::fmt::Display,
{
    collected(array.as_primitive::<T>().iter().map(|v| v.map(|v| v.to_string())))
}

/// By way of its shortest text, so that 0.1 stays 0.1.
fn short(narrow: f32) -> f64 {
    narrow.to_string().parse().unwrap_or(f64::from(narrow))
}

fn numbers(values: impl Iterator<Item = Option<f64>>) -> ArrayRef {
    collected(values.map(|n| n.map(number_text)))
}

fn decimals<T: DecimalType>(array: &dyn Array) -> ArrayRef {
    let array = array.as_primitive::<T>();
    collected(places(array).map(|at| at.map(|at| array.value_as_string(at))))
}

/// The places of a column in order; none where it is null.
fn places<T: ArrowPrimitiveType>(array: &PrimitiveArray<T>) -> impl Iterator<Item = Option<usize>> + '_ {
    (0..array.len()).map(|at| array.is_valid(at).then_some(at))
}

/// Each value by `one`; none at all where `one` has none for a value.
fn each<T: ArrowPrimitiveType>(
    array: &PrimitiveArray<T>,
    one: impl Fn(usize) -> Option<String>,
) -> Option<ArrayRef> {
    let texts = places(array).map(|at| at.map_or(Ok(None), |at| one(at).map(Some).ok_or(())));
    Some(Arc::new(texts.collect::<Result<StringArray, ()>>().ok()?))
}

fn dates<T: ArrowTemporalType>(array: &dyn Array) -> Option<ArrayRef>
where
    i64: From<T::Native>,
{
    let array = array.as_primitive::<T>();
    each(array, |at| Some(array.value_as_date(at)?.to_string()))
}

fn times<T: ArrowTemporalType>(array: &dyn Array) -> Option<ArrayRef>
where
    i64: From<T::Native>,
{
    let array = array.as_primitive::<T>();
    each(array, |at| Some(array.value_as_time(at)?.to_string()))
}

fn moments<T: ArrowTimestampType>(array: &dyn Array, zoned: bool) -> Option<ArrayRef> {
    let array = array.as_primitive::<T>();
    let per_second: i64 = match T::UNIT {
        TimeUnit::Second => 1,
        TimeUnit::Millisecond => 1_000,
        TimeUnit::Microsecond => 1_000_000,
        TimeUnit::Nanosecond => 1_000_000_000,
    };
    let east = if zoned { EAST * per_second } else { 0 };
    each(array, |at| {
        let local = array.value(at).checked_add(east)?;
        let moment = arrow_array::temporal_conversions::as_datetime::<T>(local)?;
        Some(moment.format("%Y-%m-%d %H:%M:%S%.f").to_string())
    })
}

fn dictionary(array: &dyn Array) -> Option<ArrayRef> {
    let array = array.as_any_dictionary();
    let values = text(array.values().as_ref())?;
    let values = values.as_string::<i32>();
    let keys = array.keys();
    let texts = array.normalized_keys().into_iter().enumerate().map(|(row, key)| {
        let held = keys.is_valid(row) && values.is_valid(key);
        held.then(|| values.value(key))
    });
    Some(Arc::new(texts.collect::<StringArray>()))
}
