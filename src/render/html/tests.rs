//! HTML as mail programs and newsletters write it.

use super::{Page, page};
use crate::render::facts::Remote;
use crate::render::gallery::Gallery;
use crate::render::link::Links;
use crate::render::{Block, BlockKind, Document, Laid, SpanRole, lay};

fn read(html: &str) -> Page {
    page(html, &mut Links::default(), &mut Gallery::default())
}

/// What the page would load.
fn remote(html: &str) -> Remote {
    let mut gallery = Gallery::default();
    page(html, &mut Links::default(), &mut gallery);
    gallery.into_parts().1
}

fn laid(html: &str, width: u16) -> Laid {
    let page = Some(read(html).source.into());
    let block = Block { kind: BlockKind::Page, spans: Vec::new(), quote: 0, indent: 0, tight: false, page };
    lay(Document { blocks: vec![block], ..Document::default() }, width)
}

/// The laid-out lines without the list of targets.
fn lines(html: &str) -> Vec<String> {
    lines_at(html, 60)
}

fn lines_at(html: &str, width: u16) -> Vec<String> {
    let line = |line: &crate::render::Line| line.spans.iter().map(|span| span.text.as_str()).collect();
    laid(html, width).lines.iter().map(line).collect()
}

/// Protects ordinary mail: paragraphs apart, div lines together, breaks kept, blanks collapsed.
#[test]
fn flow_of_text() {
    assert_eq!(lines("<p>a  b\n c</p><p>d</p>"), ["a b c", "", "d"]);
    assert_eq!(lines("<div>a</div><div>b</div><div><br></div><div>c</div>"), ["a", "b", "", "c"]);
    assert_eq!(lines("a<br>b<br><br><br>c"), ["a", "b", "", "c"]);
    assert_eq!(lines("<p class=MsoNormal>a</p><p class=MsoNormal>&nbsp;</p><p class=MsoNormal>b</p>"), ["a", "", "b"]);
    assert_eq!(lines("<h1>T</h1>x<hr>y")[..3], ["T", "", "x"]);
    assert_eq!(lines("<b>bold</b> <i>it</i>, x"), ["bold it, x"]);
}

/// Protects quotes and lists.
#[test]
fn quotes_and_lists() {
    assert_eq!(
        lines("me<blockquote>they<blockquote>old</blockquote></blockquote>"),
        ["me", "", "▏ they", "▏", "▏▏ old"]
    );
    assert_eq!(lines("<ul><li>a<li>b<ul><li>c</ul></ul><ol start=3><li>d</ol>"), ["• a", "• b", "  • c", "", "3. d"]);
}

/// Protects against text that the author hid: preheaders, style sheets, scripts, comments.
#[test]
fn hidden_text_stays_hidden() {
    let page = "<style>.pre{display:none} @media print{.x{display:none}}</style><title>t</title>\
        <div class=pre>hidden</div><div style='display:none'>h<p>i</div><span style='font-size:0'>z</span>\
        <div style='max-height:0;overflow:hidden'>m</div><script>s()</script><!-- c --><p class=x>shown</p>";
    assert_eq!(lines(page), ["shown"]);
    assert_eq!(lines("<td style='font-size:0px'><p style='font-size:14px'>seen</p></td>"), ["seen"]);
}

/// Protects from links that pretend: the real host stands beside them, and beside buttons.
#[test]
fn links_are_numbered_and_unmasked() {
    assert_eq!(lines("<a href='https://evil.test/x'>www.bank.example</a>"), ["www.bank.example¹ evil.test"]);
    assert_eq!(lines("<a href='https://www.bank.example/x'>bank.example</a>"), ["bank.example¹"]);
    assert_eq!(lines("<a style='background:#00f' href='https://pay.example/1'>Pay</a>"), ["Pay¹ pay.example"]);
    assert_eq!(
        lines("go <a href='https://a.example'>here</a> or <a href='javascript:x'>there</a>"),
        ["go here¹ or there"]
    );
    assert_eq!(lines("<a href='https://a.example'><img src=x></a>text"), ["text"]);
}

/// Protects the terminal from controls written as entities (H07, TM07) and from unpaired surrogates.
#[test]
fn entities_are_sanitised_after_decoding() {
    assert_eq!(lines("a&#27;[2Jb&#x9b;c&#x202e;d&#xd800;e"), ["a[2Jb›c\u{fffd}d\u{fffd}e"]);
}

/// Protects tables: data in columns, short rows of a layout in a line, everything else from top to bottom.
#[test]
fn tables() {
    let data = "<table><tr><th>Item<th>Price<tr><td>Hosting<td>960.00<tr><td>Disk<td>44.50</table>";
    assert_eq!(lines(data), ["Item      Price", "───────────────", "Hosting  960.00", "Disk      44.50"]);
    assert_eq!(lines("<table><tr><td>Home<td>Shop<td>About</table>"), ["Home  Shop  About"]);
    let layout = "<table><tr><td><p>One</p><p>Two</p></td><td>Three</td></tr></table>";
    assert_eq!(lines(layout), ["One", "", "Two", "", "Three"]);
}

/// Protects tables in a narrow pane: their rule and the padding of their numbers are not wrapped as if they were words.
#[test]
fn tables_in_a_narrow_pane() {
    let data = "<table><tr><th>Item<th>Qty<th>Price<tr><td>Hosting, annual plan<td>1<td>€ 960.00\
                <tr><td>Extra storage 200 GB<td>2<td>€ 244.50</table><p>Thanks</p>";
    let narrow = lines_at(data, 30);
    let rule = "─".repeat(30);
    assert_eq!(
        narrow,
        [
            "Item             Qty     Price",
            rule.as_str(),
            "Hosting, annual    1  € 960.00",
            "plan",
            "Extra storage      2  € 244.50",
            "200 GB",
            "",
            "Thanks"
        ]
    );
    assert_eq!(lines_at(data, 60)[1], "─".repeat(35));
}

/// An invoice as shops send it: a long description, a total over several columns, bold names of columns that are no `th`.
const INVOICE: &str = "<table><tr><td><b>Description</b><td><b>Qty</b><td><b>Price</b><td><b>Amount</b>\
    <tr><td>Professional support contract for the mail servers, <b>silver level, with <a href='http://a.example/x'>on-call \
    service</a></b> on weekdays<br>until 2026-12-14<td>12<td>1,234.00<td>17,621.52\
    <tr><td>Setup<td>1<td>90.00<td>90.00<tr><td colspan=3>Total<td>17,711.52<tr><td colspan=4>Due in thirty days</table>";

/// Protects bills and journeys: the prose of a table of data is wrapped so that no word and no number of it is cut, a total
/// stands below what it sums up, and links and looks go on where a line ends.
#[test]
fn prose_gives_way_to_numbers() {
    assert_eq!(
        lines_at(INVOICE, 60),
        [
            "Description                        Qty     Price     Amount",
            "───────────────────────────────────────────────────────────",
            "Professional support contract for   12  1,234.00  17,621.52",
            "the mail servers, silver level,",
            "with on-call service¹ on weekdays",
            "until 2026-12-14",
            "Setup                                1     90.00      90.00",
            "Total                                             17,711.52",
            "Due in thirty days",
        ]
    );
    let lines = laid(INVOICE, 60).lines;
    let looks =
        |line: usize, text: &str| lines[line].spans.iter().any(|span| span.strong && span.text.as_str().contains(text));
    assert!(looks(3, "silver") && looks(4, "with") && !looks(4, "weekdays"), "{:?}", &lines[3..5]);
    let link = lines[4].spans.iter().find(|span| span.role == SpanRole::Link).unwrap();
    assert_eq!((link.text.as_str(), link.link), ("on-call service", Some(0)));
}

/// Protects a table that has no room for its longest words: each cell is a line behind the name of its column.
#[test]
fn a_table_without_room_is_read_row_by_row() {
    let flight = "<blockquote><table><tr><th>Flight<th>Departure:<th>Arrival<tr><td>LH 2034<td>2026-12-14<td>2026-12-15\
        <tr><td>LH 2035<td><td>2026-12-20</table></blockquote>";
    assert_eq!(lines_at(flight, 40)[2], "▏ LH 2034  2026-12-14  2026-12-15");
    assert_eq!(
        lines_at(flight, 28),
        [
            "▏ Flight: LH 2034",
            "▏ Departure: 2026-12-14",
            "▏ Arrival: 2026-12-15",
            "▏",
            "▏ Flight: LH 2035",
            "▏ Arrival: 2026-12-20"
        ]
    );
}

/// Protects newsletters: articles side by side are read from top to bottom, and prices below names are no bill.
#[test]
fn layouts_are_no_data() {
    let article = "word ".repeat(30);
    let layout = format!("<table><tr><td>One<td>Two<td>Three<tr><td>{article}<td>{article}<td>{article}</table>");
    let shown = lines(&layout);
    assert_eq!(shown[0], "One  Two  Three");
    assert!(shown[2..].iter().any(|line| line.len() > 50), "{shown:?}");
    let shop = "<table><tr><td>Shirt<td>Shoes<td>Hat<tr><td>$10<td>$20<td>$30</table>";
    assert!(!lines(shop).concat().contains('─'));
}

/// Protects privacy (H50, PV01): what would be loaded is counted, alternative text is shown, pixels are not.
#[test]
fn images_are_counted_and_named() {
    let images = "<img src='http://x.example/a.png' alt='A  cat'><img src='http://x.example/p.gif?u=1' width=1 height=1 alt=pixel>";
    assert_eq!(remote(images).words().unwrap(), "1 image blocked from x.example, 1 tracker");
    assert_eq!(lines("<img src='http://x/a.png' alt='A  cat'><img src=cid:1 width=1 alt=pixel>"), ["[A cat]"]);
    assert!(remote("<link rel=stylesheet href='http://x/s.css'>").other);
    assert!(remote("<p style='background:url(http://x)'>").other);
}

/// Protects from bombs (check 8 of UX.md, H29, RS10): deep nesting is flattened with a note and its text is still there.
#[test]
fn deep_nesting_is_flattened() {
    let deep = format!("start{}middle{}end", "<div>".repeat(20_000), "</div>".repeat(20_000));
    let result = read(&deep);
    assert!(result.deep);
    assert_eq!(lines(&deep), ["start", "middle", "end"]);
    let tables = format!("{}x{}", "<table><tr><td>".repeat(2_000), "</table>".repeat(2_000));
    assert_eq!(lines(&tables), ["x"]);
}

/// Protects code in HTML mail.
#[test]
fn preformatted_text_keeps_its_columns() {
    assert_eq!(lines("<pre>fn a() {\n\tb();\n}</pre>"), ["fn a() {", "        b();", "}"]);
    assert_eq!(laid("<code>x</code>", 60).lines[0].spans[0].role, SpanRole::Code);
}

/// Protects the reader from pages made to be slow (H29, RS10): whatever is nested or repeated, what html2text gets is
/// flat, and not much longer than the page.
#[test]
fn what_is_laid_out_is_flat() {
    for piece in
        ["<div>x", "<ul><li>x", "<ol>x", "<blockquote>x", "<table><tr><td>x", "<b>x<p>", "<a href=http://a.b>x<p>"]
    {
        let page = piece.repeat(3_000);
        let source = read(&page).source;
        let depth = source.split('<').fold((0i64, 0), |(now, most), tag| match tag.as_bytes() {
            [b'/', ..] => (now - 1, most),
            [] => (now, most),
            _ if tag.starts_with("br>") || tag.starts_with("li>") => (now, most),
            _ => (now + 1, most.max(now + 1)),
        });
        assert!(depth.1 <= 40, "{piece}: {depth:?}");
        assert!(source.len() <= page.len() * 6 + 1_000, "{piece}: {}", source.len());
    }
}

/// Protects the text from html2text's own marks, and lists from being lost in bad nesting.
#[test]
fn marks_and_lists_are_told_from_text() {
    assert_eq!(lines("<div>> a</div><div># b</div><div>*c*</div>"), ["> a", "# b", "*c*"]);
    assert_eq!(lines("<ol>lost?<li>a</ol><li>b"), ["1. lost?", "2. a", "", "• b"]);
    assert_eq!(lines("<div>1. one two<br>2. three</div>"), ["1. one two", "2. three"]);
    let narrow = laid("<div>1. one two three</div>", 12);
    let second: String = narrow.lines[1].spans.iter().map(|span| span.text.as_str()).collect();
    assert_eq!(second, "   three");
}
