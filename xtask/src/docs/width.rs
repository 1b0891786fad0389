//! Width: prose of pages and comments in code have lines of at most 100 columns.

use super::{Page, Problem, markdown};

const COLUMNS: usize = 100;

/// Lines of prose that are too wide. Tables, code, comments and lines with a link may be wider.
pub fn prose(page: &Page) -> Vec<Problem> {
    let read = markdown::read(&page.text);
    let linked = |line: &str| line.contains("](") || line.contains("://");
    too_wide(page, |number, line| {
        !read.not_prose.contains(&number) && !linked(line)
    })
}

/// Lines of comments that are too wide, in Rust and TypeScript. Those with an address may be.
pub fn comments(page: &Page) -> Vec<Problem> {
    too_wide(page, |_, line| {
        let line = line.trim_start();
        let comment = ["//", "/*", "* "].iter().any(|sign| line.starts_with(sign));
        comment && !line.contains("://")
    })
}

fn too_wide(page: &Page, counts: impl Fn(usize, &str) -> bool) -> Vec<Problem> {
    let mut found = Vec::new();
    for (number, line) in (1..).zip(page.text.lines()) {
        let columns = line.chars().count();
        if columns > COLUMNS && counts(number, line) {
            found.push(Problem::new(
                page,
                number,
                format!("{columns} columns, not {COLUMNS}"),
            ));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::{comments, prose};
    use crate::docs::page;

    fn lines(text: &str, of: fn(&crate::docs::Page) -> Vec<crate::docs::Problem>) -> Vec<usize> {
        of(&page("page", text)).iter().map(|it| it.line).collect()
    }

    #[test]
    fn wide_prose_is_found_and_wide_code_is_not() {
        let (wide, fits) = ("word ".repeat(20) + "w", "é".repeat(100));
        let text = format!(
            "{wide}\n\n{fits}\n\n- {wide}\n\n```sh\n{wide}\n```\n\n| a |\n|---|\n| {wide} |\n\n\
             <!-- run: {wide} -->\n\n[{wide}](to.md)\n"
        );
        assert_eq!(lines(&text, prose), [1, 5]);
    }

    #[test]
    fn wide_comments_are_found_and_wide_strings_are_not() {
        let wide = "word ".repeat(20);
        let text = format!("// {wide}\nlet a = \"{wide}\";\n    /// {wide}\n/**\n * {wide}\n */\n");
        assert_eq!(lines(&text, comments), [1, 3, 5]);
    }
}
