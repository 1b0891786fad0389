//! What the checks ask of a page in Markdown: its lines that are not prose, its links, its
//! headings and its paragraphs. It judges none of them.

use pulldown_cmark::{Event, LinkType, Options, Parser, Tag, TagEnd};
use std::collections::{HashMap, HashSet};
use std::ops::Range;

/// A page, taken apart.
#[derive(Default)]
pub struct Markdown {
    /// Lines of tables, code, comments and link definitions, from 1.
    pub not_prose: HashSet<usize>,
    /// Where links lead, and in which line.
    pub links: Vec<(usize, String)>,
    /// The anchors of headings.
    pub anchors: HashSet<String>,
    /// Paragraphs and items of lists, with the line each begins in; code counts as one word.
    pub paragraphs: Vec<(usize, String)>,
}

/// Takes a page apart.
pub fn read(text: &str) -> Markdown {
    let lines = Lines::new(text);
    let mut page = Markdown::default();
    let mut seen = HashMap::new();
    let (mut heading, mut paragraph) = (None::<String>, None::<(usize, String)>);
    let mut skipped = false;
    for (event, range) in Parser::new_ext(text, Options::ENABLE_TABLES).into_offset_iter() {
        let line = lines.of(range.start);
        match event {
            Event::Start(Tag::Table(_) | Tag::CodeBlock(_) | Tag::HtmlBlock) => {
                skipped = true;
                page.not_prose.extend(lines.all(&range));
            }
            Event::End(TagEnd::Table | TagEnd::CodeBlock | TagEnd::HtmlBlock) => skipped = false,
            Event::Start(Tag::Heading { .. }) => heading = Some(String::new()),
            Event::End(TagEnd::Heading(_)) => {
                let text = heading.take().unwrap_or_default();
                page.anchors.insert(anchor(&text, &mut seen));
            }
            // A list without empty lines has items without paragraphs.
            Event::Start(Tag::Paragraph | Tag::Item) => {
                page.paragraphs.extend(paragraph.take());
                paragraph = Some((line, String::new()));
            }
            Event::End(TagEnd::Paragraph | TagEnd::Item) => {
                page.paragraphs.extend(paragraph.take());
            }
            Event::Start(Tag::Link {
                link_type,
                dest_url,
                ..
            }) => {
                if link_type != LinkType::Autolink {
                    page.links.push((line, dest_url.to_string()));
                }
            }
            Event::Start(Tag::Image { dest_url, .. }) => {
                page.links.push((line, dest_url.to_string()));
            }
            Event::Text(text) if !skipped => {
                for place in [heading.as_mut(), paragraph.as_mut().map(|(_, text)| text)] {
                    place.into_iter().for_each(|place| place.push_str(&text));
                }
            }
            Event::Code(code) if !skipped => {
                heading
                    .iter_mut()
                    .for_each(|heading| heading.push_str(&code));
                paragraph
                    .iter_mut()
                    .for_each(|(_, text)| text.push_str("code"));
            }
            Event::SoftBreak | Event::HardBreak => {
                paragraph.iter_mut().for_each(|(_, text)| text.push(' '));
            }
            _ => {}
        }
    }
    page.paragraphs.retain(|(_, text)| !text.trim().is_empty());
    page
}

/// The anchor that GitHub gives a heading; a second heading of the same text gets a number.
fn anchor(heading: &str, seen: &mut HashMap<String, usize>) -> String {
    let kept = |letter: &char| letter.is_alphanumeric() || matches!(letter, ' ' | '-' | '_');
    let text: String = heading.to_lowercase().chars().filter(kept).collect();
    let anchor = text.replace(' ', "-");
    let count = seen.entry(anchor.clone()).or_insert(0);
    *count += 1;
    match *count {
        1 => anchor,
        count => format!("{anchor}-{}", count - 1),
    }
}

/// Where the lines of a text begin.
struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    fn new(text: &str) -> Lines {
        let after = text.match_indices('\n').map(|(at, _)| at + 1);
        Lines {
            starts: std::iter::once(0).chain(after).collect(),
        }
    }

    fn of(&self, offset: usize) -> usize {
        self.starts.partition_point(|start| *start <= offset)
    }

    fn all(&self, range: &Range<usize>) -> Range<usize> {
        self.of(range.start)..self.of(range.end.saturating_sub(1)) + 1
    }
}
