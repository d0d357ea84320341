//! Which model a request goes to, told as a user would tell it. Each story says which model it goes to, for which reason,
//! and for which reason not to the others that matter.

mod home;
mod money;
mod needs;
mod place;
mod servers;
mod talk;
mod time;
mod wishes;
