//! Reading markdown as far as these tests need it.

use std::path::{Path, PathBuf};

use walkdir::WalkDir;

use crate::support::ROOT;

/// The sources of the book, from the root of the repository.
pub const BOOK: &str = "docs/src";

/// A markdown file.
pub struct Page {
    /// From the root of the repository.
    pub path: PathBuf,
    pub text: String,
}

/// All pages of the book, and those at the root.
pub fn all() -> Vec<Page> {
    let mut paths: Vec<PathBuf> = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md"]
        .iter()
        .map(PathBuf::from)
        .collect();
    for entry in WalkDir::new(Path::new(ROOT).join(BOOK)).sort_by_file_name() {
        let entry = entry.expect("the book can be read");
        if entry.path().extension().is_some_and(|end| end == "md") {
            let within = entry.path().strip_prefix(ROOT).expect("it lies in here");
            paths.push(within.to_path_buf());
        }
    }
    let read = |path: PathBuf| Page {
        text: fs_err::read_to_string(Path::new(ROOT).join(&path)).expect("pages can be read"),
        path,
    };
    paths.into_iter().map(read).collect()
}

/// A fenced block: what stands after the fence, and its lines.
pub struct Block<'p> {
    pub language: &'p str,
    pub line: usize,
    pub lines: Vec<&'p str>,
}

impl Page {
    /// Lines with their numbers, fenced blocks left out.
    pub fn prose(&self) -> Vec<(usize, &str)> {
        self.split().0
    }

    pub fn blocks(&self) -> Vec<Block<'_>> {
        self.split().1
    }

    fn split(&self) -> (Vec<(usize, &str)>, Vec<Block<'_>>) {
        let mut prose = Vec::new();
        let mut blocks = Vec::new();
        let mut open: Option<Block<'_>> = None;
        for (index, line) in self.text.lines().enumerate() {
            let fence = line.trim_start().strip_prefix("```");
            match (open.take(), fence) {
                (None, None) => prose.push((index + 1, line)),
                (None, Some(language)) => {
                    open = Some(Block {
                        language,
                        line: index + 1,
                        lines: Vec::new(),
                    });
                }
                (Some(block), Some(_)) => blocks.push(block),
                (Some(mut block), None) => {
                    block.lines.push(line);
                    open = Some(block);
                }
            }
        }
        assert!(
            open.is_none(),
            "{}: a block has no end",
            self.path.display()
        );
        (prose, blocks)
    }
}

/// Text without what stands between backticks.
pub fn without_code(line: &str) -> String {
    line.split('`').step_by(2).collect()
}
