//! Output without what differs from one run to the next.

use regex_lite::Regex;

/// Identities of the cluster and of objects, addresses, and what making the plan took.
pub fn steady(text: &str, cluster: &str, server: &str) -> String {
    let text = text
        .replace(cluster, "[CLUSTER]")
        .replace(server, "[SERVER]");
    let patterns = [
        (r"\d+ requests, ([0-9.]+ s|\[TIME\])", "[COST]"),
        (r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "[UID]"),
        (r"https://127\.\d+\.\d+\.\d+:\d+", "[SERVER]"),
        (r"127\.96\.\d+\.\d+", "[ADDRESS]"),
        (r"\b\d+(\.\d+)?(ms|µs)\b", "[TIME]"),
    ];
    let text = patterns.iter().fold(text, |text, (pattern, name)| {
        let pattern = Regex::new(pattern).expect("the pattern is right");
        pattern.replace_all(&text, *name).into_owned()
    });
    let digest = Regex::new(r"\b[0-9a-f]{16}\b").expect("the pattern is right");
    // A digest over an address is as new as the address.
    let text = match text.contains("[ADDRESS]") {
        true => digest.replace_all(&text, "[DIGEST]").into_owned(),
        false => text,
    };
    match text.is_empty() || text.ends_with('\n') {
        true => text,
        false => text + "\n",
    }
}
