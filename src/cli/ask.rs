//! Questions to whoever sits before the terminal.

use std::io::{BufRead, IsTerminal};

use super::exit::Failure;
use super::terminal::Terminal;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    Yes,
    No,
}

/// Asks for a yes; where nobody can answer, the command says which flag answers.
pub fn yes(question: &str, terminal: &Terminal) -> Result<Answer, Failure> {
    match typed(&format!("{question} [y/N] "), "--yes", terminal)?.as_str() {
        "y" | "Y" | "yes" => Ok(Answer::Yes),
        _ => Ok(Answer::No),
    }
}

/// Asks for a word, such as the name of what is destroyed.
pub fn word(question: &str, word: &str, terminal: &Terminal) -> Result<Answer, Failure> {
    let flag = format!("--yes={word}");
    match typed(&format!("{question} "), &flag, terminal)? == word {
        true => Ok(Answer::Yes),
        false => Ok(Answer::No),
    }
}

fn typed(question: &str, flag: &str, terminal: &Terminal) -> Result<String, Failure> {
    let stdin = std::io::stdin();
    if !stdin.is_terminal() {
        return Err(Failure::usage(
            "nobody is there to be asked",
            &format!("`{flag}` answers; nothing was written"),
        ));
    }
    terminal.prompt(question);
    let mut line = String::new();
    stdin.lock().read_line(&mut line)?;
    Ok(line.trim().to_owned())
}
