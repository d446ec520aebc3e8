//! What holds for every page: clean markup, nothing inline, complete wording, and no way in for hostile names.

mod every_page;
mod hostile;
pub(crate) mod markup;
mod wording;
