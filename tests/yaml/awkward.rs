//! Texts that some reader or writer of YAML is known, or likely, to get wrong.

use std::collections::BTreeSet;

/// All of them, in a fixed order.
pub fn strings() -> BTreeSet<String> {
    let mut strings = BTreeSet::new();
    strings.extend(words());
    strings.extend(numbers());
    strings.extend(over("+-.019eExob_:,", 3));
    strings.extend(over("a \n\t#", 5));
    strings.extend(over("a \n-:", 4));
    strings.extend(characters());
    strings.extend(indicators());
    strings.extend(documents());
    strings.extend(long());
    strings
}

/// Numbers, booleans, nulls, times and near misses, to be written bare as well as quoted.
pub fn scalars() -> BTreeSet<String> {
    let mut scalars: BTreeSet<String> = words()
        .chain(numbers())
        .chain(over("+-.019eExob_", 4))
        .collect();
    scalars.retain(|text| text.trim() == text && !text.is_empty());
    scalars
}

/// Every text of up to `length` characters of an alphabet.
fn over(alphabet: &str, length: usize) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut from = 0;
    for _ in 0..length {
        let to = all.len();
        for at in from..to {
            let longer: Vec<_> = alphabet
                .chars()
                .map(|c| format!("{}{c}", all[at]))
                .collect();
            all.extend(longer);
        }
        from = to;
    }
    all
}

fn words() -> impl Iterator<Item = String> {
    const WORDS: [&str; 20] = [
        "y", "n", "yes", "no", "on", "off", "true", "false", "null", "~", ".inf", "-.inf", "+.inf",
        ".nan", "inf", "nan", "infinity", "<<", "=", "none",
    ];
    WORDS.into_iter().flat_map(|word| {
        let title = word[..1].to_uppercase() + &word[1..];
        let swapped = word[..1].to_owned() + &word[1..].to_uppercase();
        let cases = [word.to_owned(), word.to_uppercase(), title, swapped];
        cases.into_iter().flat_map(|word| {
            [
                format!(" {word}"),
                format!("{word} "),
                format!("{word}:"),
                format!("{word}\n"),
                format!("-{word}"),
                word,
            ]
        })
    })
}

fn numbers() -> impl Iterator<Item = String> {
    const NUMBERS: [&str; 64] = [
        "0",
        "1",
        "12",
        "0644",
        "07",
        "08",
        "0o644",
        "0O7",
        "0x1f",
        "0X1F",
        "0xg",
        "0b11",
        "0B1",
        "0b2",
        "1_000",
        "1__0",
        "_1",
        "1_",
        "0_7",
        "0x_1f",
        "1,000",
        "1.0",
        "1.",
        ".5",
        "1.10",
        "1.30",
        "1e3",
        "1E3",
        "1e+3",
        "1e-3",
        "1.5e3",
        "1.5e+3",
        "1e",
        "12e03",
        "1e400",
        "1e-400",
        "1.2.3",
        "10.0.0.1",
        "10.0.0.0/16",
        "12:30",
        "12:30:45",
        "190:20:30.15",
        "80:80",
        "1:60",
        "22:22",
        "2020-01-01",
        "2020-1-1",
        "2020-01-01T00:00:00Z",
        "2020-01-01 00:00:00",
        "2020-01-01t00:00:00.5+01:00",
        "20-01-01",
        "9007199254740993",
        "9223372036854775807",
        "9223372036854775808",
        "18446744073709551615",
        "18446744073709551616",
        "123456789012345678901234567890",
        "1234567e8",
        "100m",
        "1Gi",
        "1k",
        "0x",
        "0o",
        "0b",
    ];
    NUMBERS.into_iter().flat_map(|number| {
        let trailing = ["", " ", "\n", "_"].map(|end| format!("{number}{end}"));
        let leading = ["+", "-", ".", " ", "--", "'", "\""].map(|start| format!("{start}{number}"));
        trailing.into_iter().chain(leading)
    })
}

/// Characters alone, first, last, inside, at ends of lines, and twice.
fn characters() -> impl Iterator<Item = String> {
    let controls = (0..0xa1)
        .filter_map(char::from_u32)
        .filter(|c| !c.is_ascii_alphanumeric());
    let odd = "\u{a0}\u{ad}é\u{300}\u{61c}\u{180e}\u{2000}\u{200b}\u{200d}\u{200e}\u{2028}\u{2029}\u{202e}\u{202f}\
               \u{205f}\u{2060}\u{2066}\u{3000}\u{d7ff}\u{e000}\u{fe0f}\u{feff}\u{fff9}\u{fffd}\u{fffe}\u{ffff}\
               \u{10000}😀\u{1fffe}\u{e0001}\u{10ffff}中ñ";
    controls.chain(odd.chars()).flat_map(|c| {
        [
            format!("{c}"),
            format!("{c}a"),
            format!("a{c}"),
            format!("a{c}b"),
            format!("{c}{c}"),
            format!("a{c}\nb"),
            format!("a\n{c}b\n"),
            format!("{c}\n"),
            format!("\n{c}"),
        ]
    })
}

/// Punctuation in every position, with and without space.
fn indicators() -> impl Iterator<Item = String> {
    let punctuation = (0x21..0x7f_u8)
        .map(char::from)
        .filter(char::is_ascii_punctuation);
    punctuation.flat_map(|c| {
        [
            format!("{c} a"),
            format!("a {c}"),
            format!("a {c} b"),
            format!("a {c}b"),
            format!("a{c} b"),
            format!("{c} "),
            format!(" {c}"),
            format!("{c}a{c}"),
            format!("{c}{c}{c}"),
            format!("{c} a\n{c} b\n"),
            format!("é {c}b"),
            format!("é{c} b"),
        ]
    })
}

fn documents() -> impl Iterator<Item = String> {
    const TEXTS: [&str; 22] = [
        "---",
        "--- a",
        "---a",
        "---\n",
        "a\n---\nb",
        "a\n---",
        "\n---\n",
        "...",
        "... a",
        "a\n...\nb\n",
        "%YAML 1.1",
        "%YAML 1.1\n---\na",
        "- a\n- b\n",
        "a: b\nc: d\n",
        "a: b",
        "{a: b}",
        "[a, b]",
        "# a",
        "a # b",
        "&a b",
        "*a",
        "!!str a",
    ];
    TEXTS.into_iter().map(str::to_owned)
}

fn long() -> impl Iterator<Item = String> {
    [80, 200, 990, 1000, 1020, 1030, 5000]
        .into_iter()
        .flat_map(|length| {
            [
                "a".repeat(length),
                "a ".repeat(length / 2),
                "é".repeat(length),
                "\u{1}".repeat(length),
                format!("{}\nb", "a b ".repeat(length / 4)),
                format!("{} # b", "a b: ".repeat(length / 5)),
            ]
        })
}
