//! Every relative link leads to a file that is there, and every anchor to a heading.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};

use super::pages::{self, BOOK, Page, without_code};
use crate::support::ROOT;

/// Targets of links in the prose of a page, with their lines.
fn links(page: &Page) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for (number, line) in page.prose() {
        let line = without_code(line);
        let mut rest = line.as_str();
        while let Some(start) = rest.find("](") {
            rest = &rest[start + 2..];
            let end = rest.find(')').unwrap_or(rest.len());
            found.push((number, rest[..end].to_owned()));
        }
    }
    found
}

/// Anchors as mdBook and GitHub make them of headings.
fn anchors(page: &Page) -> BTreeSet<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut anchors = BTreeSet::new();
    for (_, line) in page.prose() {
        let title = line.trim_start_matches('#');
        if title.len() == line.len() || !title.starts_with(' ') {
            continue;
        }
        let anchor: String = title
            .trim()
            .chars()
            .filter_map(|c| match c {
                c if c.is_alphanumeric() || matches!(c, '-' | '_') => Some(c.to_ascii_lowercase()),
                c if c.is_whitespace() => Some('-'),
                _ => None,
            })
            .collect();
        let count = counts.entry(anchor.clone()).or_default();
        anchors.insert(match *count {
            0 => anchor,
            count => format!("{anchor}-{count}"),
        });
        *count += 1;
    }
    anchors
}

/// The path without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(plain.pop()),
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}

#[test]
fn every_link_leads_somewhere() {
    let pages = pages::all();
    let by_path: BTreeMap<&Path, &Page> = pages
        .iter()
        .map(|page| (page.path.as_path(), page))
        .collect();
    let mut count = 0;
    let mut broken = Vec::new();
    for page in &pages {
        for (line, link) in links(page) {
            if link.contains("://") || link.starts_with("mailto:") {
                continue;
            }
            count += 1;
            let (file, anchor) = link.split_once('#').unwrap_or((&link, ""));
            let folder = page.path.parent().unwrap_or(Path::new(""));
            let target = match file {
                "" => page.path.clone(),
                file => plain(&folder.join(file)),
            };
            let mut refuse = |why: &str| {
                broken.push(format!("{}:{line}: {link}: {why}", page.path.display()));
            };
            if !Path::new(ROOT).join(&target).exists() {
                refuse("there is no such file");
            } else if page.path.starts_with(BOOK) && !target.starts_with(BOOK) {
                refuse("it leads out of the book, where the built page has nothing");
            } else if !anchor.is_empty() {
                match by_path.get(target.as_path()) {
                    Some(page) if anchors(page).contains(anchor) => {}
                    Some(_) => refuse("the page has no such heading"),
                    None => refuse("only pages have headings"),
                }
            }
        }
    }
    assert!(count > 20, "only {count} links were found");
    assert!(broken.is_empty(), "{}", broken.join("\n"));
}

#[test]
fn every_page_stands_in_the_summary() {
    let pages = pages::all();
    let is_summary = |page: &&Page| page.path.ends_with("SUMMARY.md");
    let summary = pages.iter().find(is_summary).expect("the book has one");
    let listed: BTreeSet<PathBuf> = links(summary)
        .into_iter()
        .map(|(_, link)| plain(&Path::new(BOOK).join(link)))
        .collect();
    let missing: Vec<&PathBuf> = pages
        .iter()
        .filter(|page| page.path.starts_with(BOOK) && !is_summary(page))
        .map(|page| &page.path)
        .filter(|path| !listed.contains(*path))
        .collect();
    assert!(missing.is_empty(), "not in SUMMARY.md: {missing:?}");
}
