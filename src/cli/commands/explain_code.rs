//! `explain-code`: what a code means and what to do.

use crate::cli::arguments;
use crate::cli::exit::{Exit, Failure};
use crate::cli::terminal::Terminal;
use crate::diagnostic::{Code, codes, nearest};

pub fn run(options: &arguments::ExplainCode, terminal: &Terminal) -> Result<Exit, Failure> {
    let Some(name) = &options.code else {
        let names: Vec<&str> = codes::ALL.iter().map(|code| code.name).collect();
        terminal.result(&names.join("\n"));
        return Ok(Exit::Done);
    };
    match Code::find(name) {
        Some(code) => {
            terminal.result(&format!("{}\n\n{}", code.name, code.explanation));
            Ok(Exit::Done)
        }
        None => {
            let help = match nearest(name, codes::ALL.iter().map(|code| code.name)) {
                Some(near) => format!("did you mean `{near}`?"),
                None => "`kops-stack explain-code` lists them".to_owned(),
            };
            Err(Failure::usage(format!("there is no code `{name}`"), &help))
        }
    }
}
