//! Did you mean …?

/// The name of `known` that `given` is most likely a slip of, if one is near enough.
///
/// Near is a third of the longer name's letters, by edits with transposition (optimal string
/// alignment), ignoring case and `-` or `_`.
pub fn nearest<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let given = folded(given);
    known
        .into_iter()
        .map(|name| (distance(&given, &folded(name)), name))
        .filter(|(distance, name)| *distance <= given.len().max(name.len()).div_ceil(3))
        .filter(|(distance, name)| *distance < name.chars().count())
        .min_by_key(|(distance, name)| (*distance, *name))
        .map(|(_, name)| name)
}

fn folded(name: &str) -> Vec<char> {
    name.chars()
        .filter(|c| !matches!(c, '-' | '_'))
        .flat_map(char::to_lowercase)
        .collect()
}

fn distance(a: &[char], b: &[char]) -> usize {
    let mut two_back: Vec<usize> = Vec::new();
    let mut previous: Vec<usize> = (0..=b.len()).collect();
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let substitution = previous[j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut best = substitution.min(previous[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(two_back[j - 2] + 1);
            }
            row.push(best);
        }
        two_back = previous;
        previous = row;
    }
    previous[b.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_slips_and_leaves_strangers_alone() {
        let known = ["retention", "replicas", "cert-manager"];
        assert_eq!(nearest("retension", known), Some("retention"));
        assert_eq!(nearest("cert-manger", known), Some("cert-manager"));
        assert_eq!(nearest("certManager", known), Some("cert-manager"));
        assert_eq!(nearest("repilcas", known), Some("replicas"));
        assert_eq!(nearest("grafana", known), None);
        assert_eq!(nearest("x", ["y"]), None);
    }
}
