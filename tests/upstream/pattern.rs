//! Texts with `*` for any part, which remember whether they ever matched.

use std::sync::atomic::{AtomicBool, Ordering};

use regex_lite::Regex;

pub struct Pattern {
    pub text: String,
    regex: Regex,
    matched: AtomicBool,
}

impl Pattern {
    pub fn new(text: &str) -> Self {
        let parts: Vec<String> = text.split('*').map(regex_lite::escape).collect();
        let regex = Regex::new(&format!("^(?s:{})$", parts.join(".*")));
        Self {
            text: text.to_owned(),
            regex: regex.expect("escaped texts make a pattern"),
            matched: AtomicBool::new(false),
        }
    }

    pub fn all(texts: &[String]) -> Vec<Self> {
        texts.iter().map(|text| Self::new(text)).collect()
    }

    pub fn is_match(&self, text: &str) -> bool {
        self.regex.is_match(text)
    }

    /// Marks it as one that was needed.
    pub fn use_up(&self) {
        self.matched.store(true, Ordering::Relaxed);
    }

    pub fn is_used(&self) -> bool {
        self.matched.load(Ordering::Relaxed)
    }
}
