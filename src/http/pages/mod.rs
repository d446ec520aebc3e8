//! What a person sees: views, wording and the files that pages are made of.
//!
//! A page is a struct of plain values in [`view`] with a template of the same name in `templates/pages/`. Nothing here reads
//! a database, decides a rule or knows a request: a handler fills the struct and sends what `render` gives. Wording
//! lives in `templates/locales/`, in Chinese and English; [`lang`] finds it and [`phrase`] puts values into it;
//! [`escape`] guards every value on its way into a page.

pub mod assets;
pub mod context;
pub mod escape;
pub mod gallery;
pub mod lang;
pub mod moment;
pub mod paths;
pub mod phrase;
pub mod policy;
pub mod preference;
pub mod view;

pub use context::PageContext;
pub use lang::Lang;

#[cfg(test)]
pub(crate) mod tests;
