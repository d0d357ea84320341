//! Floor 0: values that know nothing of models or providers.

pub mod address;
pub mod hash;
pub mod id;
pub mod json;
pub mod money;
pub mod number;
pub mod order;
pub mod random;
pub mod stamp;
pub mod time;
