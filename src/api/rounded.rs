//! Integers as JavaScript has them.
//!
//! `serde-wasm-bindgen` refuses integers beyond 2^53, and a model may well write one into a tool's input: the whole
//! event would be lost. Here they are rounded to the nearest number, as `JSON.parse` would have done.

use serde::ser::{
    Serialize, SerializeMap, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTuple,
    SerializeTupleStruct, SerializeTupleVariant, Serializer,
};

/// A value whose integers, however deep, are numbers of JavaScript.
pub(super) struct Rounded<'a, T: ?Sized>(pub(super) &'a T);

/// The largest integer up to which all are numbers of JavaScript: `Number.MAX_SAFE_INTEGER`.
const MAX_SAFE: u64 = (1 << 53) - 1;

impl<T: Serialize + ?Sized> Serialize for Rounded<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(Rounding(serializer))
    }
}

/// A serializer that rounds, and passes all else on.
struct Rounding<S>(S);

macro_rules! pass_on {
    ($($method:ident: $type:ty),* $(,)?) => {
        $(fn $method(self, value: $type) -> Result<S::Ok, S::Error> {
            self.0.$method(value)
        })*
    };
}

impl<S: Serializer> Serializer for Rounding<S> {
    type Ok = S::Ok;
    type Error = S::Error;
    type SerializeSeq = Rounding<S::SerializeSeq>;
    type SerializeTuple = Rounding<S::SerializeTuple>;
    type SerializeTupleStruct = Rounding<S::SerializeTupleStruct>;
    type SerializeTupleVariant = Rounding<S::SerializeTupleVariant>;
    type SerializeMap = Rounding<S::SerializeMap>;
    type SerializeStruct = Rounding<S::SerializeStruct>;
    type SerializeStructVariant = Rounding<S::SerializeStructVariant>;

    pass_on! {
        serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32,
        serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_f32: f32, serialize_f64: f64,
        serialize_char: char, serialize_str: &str, serialize_bytes: &[u8], serialize_unit_struct: &'static str,
    }

    fn serialize_i64(self, value: i64) -> Result<S::Ok, S::Error> {
        if value.unsigned_abs() > MAX_SAFE {
            return self.0.serialize_f64(value as f64);
        }
        self.0.serialize_i64(value)
    }

    fn serialize_u64(self, value: u64) -> Result<S::Ok, S::Error> {
        if value > MAX_SAFE {
            return self.0.serialize_f64(value as f64);
        }
        self.0.serialize_u64(value)
    }

    fn serialize_none(self) -> Result<S::Ok, S::Error> {
        self.0.serialize_none()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<S::Ok, S::Error> {
        self.0.serialize_some(&Rounded(value))
    }

    fn serialize_unit(self) -> Result<S::Ok, S::Error> {
        self.0.serialize_unit()
    }

    fn serialize_unit_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
    ) -> Result<S::Ok, S::Error> {
        self.0.serialize_unit_variant(name, index, variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.0.serialize_newtype_struct(name, &Rounded(value))
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<S::Ok, S::Error> {
        self.0.serialize_newtype_variant(name, index, variant, &Rounded(value))
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Self::SerializeSeq, S::Error> {
        self.0.serialize_seq(length).map(Rounding)
    }

    fn serialize_tuple(self, length: usize) -> Result<Self::SerializeTuple, S::Error> {
        self.0.serialize_tuple(length).map(Rounding)
    }

    fn serialize_tuple_struct(
        self,
        name: &'static str,
        length: usize,
    ) -> Result<Self::SerializeTupleStruct, S::Error> {
        self.0.serialize_tuple_struct(name, length).map(Rounding)
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Self::SerializeTupleVariant, S::Error> {
        self.0.serialize_tuple_variant(name, index, variant, length).map(Rounding)
    }

    fn serialize_map(self, length: Option<usize>) -> Result<Self::SerializeMap, S::Error> {
        self.0.serialize_map(length).map(Rounding)
    }

    fn serialize_struct(self, name: &'static str, length: usize) -> Result<Self::SerializeStruct, S::Error> {
        self.0.serialize_struct(name, length).map(Rounding)
    }

    fn serialize_struct_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        length: usize,
    ) -> Result<Self::SerializeStructVariant, S::Error> {
        self.0.serialize_struct_variant(name, index, variant, length).map(Rounding)
    }
}

macro_rules! round_elements {
    ($($trait:ident $method:ident),* $(,)?) => {
        $(impl<C: $trait> $trait for Rounding<C> {
            type Ok = C::Ok;
            type Error = C::Error;

            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), C::Error> {
                self.0.$method(&Rounded(value))
            }

            fn end(self) -> Result<C::Ok, C::Error> {
                self.0.end()
            }
        })*
    };
}

macro_rules! round_fields {
    ($($trait:ident),* $(,)?) => {
        $(impl<C: $trait> $trait for Rounding<C> {
            type Ok = C::Ok;
            type Error = C::Error;

            fn serialize_field<T: Serialize + ?Sized>(
                &mut self,
                key: &'static str,
                value: &T,
            ) -> Result<(), C::Error> {
                self.0.serialize_field(key, &Rounded(value))
            }

            fn end(self) -> Result<C::Ok, C::Error> {
                self.0.end()
            }
        })*
    };
}

round_elements! {
    SerializeSeq serialize_element,
    SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field,
    SerializeTupleVariant serialize_field,
}

round_fields! { SerializeStruct, SerializeStructVariant }

impl<C: SerializeMap> SerializeMap for Rounding<C> {
    type Ok = C::Ok;
    type Error = C::Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), C::Error> {
        self.0.serialize_key(key)
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), C::Error> {
        self.0.serialize_value(&Rounded(value))
    }

    fn end(self) -> Result<C::Ok, C::Error> {
        self.0.end()
    }
}

#[cfg(test)]
#[cfg(not(target_arch = "wasm32"))]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_integers_beyond_the_safe_ones_change() {
        let value = json!({
            "safe": [9_007_199_254_740_991_u64, -9_007_199_254_740_991_i64],
            "deep": [{ "id": u64::MAX, "less": i64::MIN }],
            "other": ["text", 0.1, true, null],
        });
        assert_eq!(
            serde_json::to_string(&Rounded(&value)).unwrap(),
            concat!(
                r#"{"deep":[{"id":1.8446744073709552e+19,"less":-9.223372036854776e+18}],"#,
                r#""other":["text",0.1,true,null],"safe":[9007199254740991,-9007199254740991]}"#
            )
        );
    }
}
