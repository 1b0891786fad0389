//! Length: a sentence of a page has at most 25 words. Code counts as one word; tables, code blocks
//! and headings are no sentences.

use super::{Page, Problem, markdown};

const WORDS: usize = 25;

/// Sentences that are too long, each with the line where its paragraph begins.
pub fn long(page: &Page) -> Vec<Problem> {
    let mut found = Vec::new();
    for (line, paragraph) in markdown::read(&page.text).paragraphs {
        for sentence in sentences(&paragraph) {
            let words = words(sentence);
            if words > WORDS {
                let start: String = sentence.chars().take(40).collect();
                let what = format!("{words} words, not {WORDS}: {start}…");
                found.push(Problem::new(page, line, what));
            }
        }
    }
    found
}

/// The sentences of a paragraph: each ends with a full stop or its like before a space.
fn sentences(paragraph: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = 0;
    for (at, _) in paragraph.match_indices(' ') {
        let sentence = paragraph[start..at].trim_end_matches([')', '"', '\'']);
        if sentence.ends_with(['.', '?', '!']) {
            found.push(&paragraph[start..at]);
            start = at + 1;
        }
    }
    found.push(&paragraph[start..]);
    found
}

fn words(sentence: &str) -> usize {
    let letters = |word: &&str| word.chars().any(char::is_alphanumeric);
    sentence.split_whitespace().filter(letters).count()
}

#[cfg(test)]
mod tests {
    use super::long;
    use crate::docs::page;

    #[test]
    fn long_sentences_are_found_and_several_short_ones_are_not() {
        let (short, long_one) = ("word ".repeat(24), "word ".repeat(25));
        let text = format!(
            "# {long_one}more\n\n{short}end. {short}(0.2). {short}`a b c`!\n\n\
             - {short}\n- {long_one}end: one\n\n```\n{long_one}end\n```\n\n\
             First. {short}\nwrapped line.\n"
        );
        let found: Vec<usize> = long(&page("page", &text))
            .iter()
            .map(|it| it.line)
            .collect();
        assert_eq!(found, [6, 12]);
    }
}
