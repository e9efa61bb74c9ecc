//! The nearest of some names to one that is not among them.

/// The name that the author probably meant, if one is near enough.
///
/// Names with Chinese signs differ by at most one sign (two in longer names): 权种 is 权重. Latin names are compared
/// by Jaro and Winkler, which favours a common beginning.
pub fn nearest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let mut best: Option<(u32, &str)> = None;
    for name in names {
        let Some(score) = nearness(word, name) else { continue };
        if best.is_none_or(|(least, _)| score > least) {
            best = Some((score, name));
        }
    }
    best.map(|(_, name)| name)
}

/// Longer words are nobody's slip of the pen; comparing them would only cost time.
const LENGTH_MAX: usize = 64;

/// How near two names are, in thousandths; nothing when too far.
fn nearness(word: &str, name: &str) -> Option<u32> {
    if word.len() > LENGTH_MAX || name.len() > LENGTH_MAX || word == name {
        return None;
    }
    if word.is_ascii() && name.is_ascii() {
        let (word, name) = (word.to_ascii_lowercase().replace('-', "_"), name.to_ascii_lowercase());
        // The crate counts in floats; the score only ranks names and never becomes a value.
        let score = (strsim::jaro_winkler(&word, &name) * 1000.0) as u32;
        return (score >= 850).then_some(score);
    }
    let length = word.chars().count().min(name.chars().count());
    let distance = strsim::damerau_levenshtein(word, name);
    let allowed = match length {
        0 | 1 => 0,
        2..=4 => 1,
        _ => 2,
    };
    (distance <= allowed).then(|| 1000 - 100 * u32::try_from(distance).unwrap_or(9))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_found_or_none() {
        let rows: &[(&str, &[&str], Option<&str>)] = &[
            ("权种", &["权重", "指标"], Some("权重")),
            ("lable", &["label", "clause", "value"], Some("label")),
            ("Label", &["label"], Some("label")),
            ("on-event", &["events", "on_event"], Some("on_event")),
            ("vaule", &["value", "versions"], Some("value")),
            ("职", &["责"], None),
            ("weather", &["label", "clause"], None),
            ("考核结果公布", &["考核结果公示", "考核"], Some("考核结果公示")),
        ];
        for (word, names, expected) in rows {
            assert_eq!(nearest(word, names.iter().copied()), *expected, "{word}");
        }
    }
}
