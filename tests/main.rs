//! The one integration binary: what the parts of the program do together, and against the world.

mod yaml;
