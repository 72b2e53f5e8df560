//! Names that look like the one that was typed.

use shared::id::Name;

/// At most three, the most similar first: a third of the letters may be wrong.
pub fn near<'a>(typed: &str, known: impl IntoIterator<Item = &'a Name>) -> Vec<Name> {
    let wrong_max = (typed.chars().count() / 3).max(1);
    let mut found: Vec<(usize, &Name)> = known
        .into_iter()
        .map(|name| (distance(typed, name.as_str()), name))
        .filter(|(wrong, _)| *wrong <= wrong_max)
        .collect();
    found.sort();
    found.into_iter().take(3).map(|(_, name)| name.clone()).collect()
}

/// How many letters must be added, taken away or changed to make one out of the other (Levenshtein).
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (above_left, letter) in from.chars().enumerate() {
        let mut diagonal = above_left;
        let mut left = above_left + 1;
        for (cell, other) in row.iter_mut().zip(std::iter::once(None).chain(to.iter().map(Some))) {
            let above = *cell;
            if let Some(other) = other {
                *cell = (diagonal + usize::from(letter != *other)).min(above + 1).min(left + 1);
            } else {
                *cell = left;
            }
            (diagonal, left) = (above, *cell);
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_letters() {
        for (from, to, wrong) in
            [("", "", 0), ("abc", "", 3), ("", "ab", 2), ("kitten", "sitting", 3), ("a", "a", 0)]
        {
            assert_eq!(distance(from, to), wrong, "{from} {to}");
            assert_eq!(distance(to, from), wrong, "{to} {from}");
        }
    }

    #[test]
    fn the_most_similar_name_comes_first_and_strangers_do_not_come() {
        let known: Vec<Name> = ["sessions", "session", "default"].map(|name| name.parse().unwrap()).into();
        let found = near("sesions", &known);
        assert_eq!(found.iter().map(Name::as_str).collect::<Vec<_>>(), ["sessions", "session"]);
        assert!(near("carts", &known).is_empty());
    }
}
