//! The book and the pages beside it: generated pages are current, links lead somewhere, and what
//! is shown of a command is what the command says.

mod console;
mod links;
mod pages;
mod reference;
