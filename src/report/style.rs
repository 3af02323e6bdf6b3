//! Colour, or none. Whatever it says, words and marks say too.

use anstyle::{AnsiColor, Style as Ansi};

/// Whether colours are wanted; the caller knows the terminal and `NO_COLOR`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Style {
    Plain,
    Coloured,
}

/// What a piece of text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ink {
    Heading,
    Danger,
    Added,
    Changed,
    Removed,
    Quiet,
}

impl Style {
    pub fn paint(self, ink: Ink, text: &str) -> String {
        match self {
            Self::Plain => text.to_owned(),
            Self::Coloured if text.trim().is_empty() => text.to_owned(),
            Self::Coloured => {
                let ansi = ansi(ink);
                format!("{ansi}{text}{ansi:#}")
            }
        }
    }
}

fn ansi(ink: Ink) -> Ansi {
    match ink {
        Ink::Heading => Ansi::new().bold(),
        Ink::Danger => AnsiColor::Red.on_default().bold(),
        Ink::Added => AnsiColor::Green.on_default(),
        Ink::Changed => AnsiColor::Yellow.on_default(),
        Ink::Removed => AnsiColor::Red.on_default(),
        Ink::Quiet => Ansi::new().dimmed(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Ink, Style};

    #[test]
    fn plain_text_stays_and_colour_ends_where_it_began() {
        assert_eq!(Style::Plain.paint(Ink::Danger, "gone"), "gone");
        let painted = Style::Coloured.paint(Ink::Added, "new");
        assert_eq!(painted, "\u{1b}[32mnew\u{1b}[0m");
    }
}
