/**
 * Escape: foreign text made harmless, once for each place it is shown.
 *
 * Replies, names and tags come from servers and users. `visible` first turns every character that a terminal or a
 * browser would act upon (C0 and C1 controls, ESC among them, bidi and zero-width controls, lone surrogates) into a
 * written escape such as `\x1b`; the others then quote what their format reserves. Nothing is dropped: what a server
 * sent can be read. None of this may be applied twice.
 */

// Lines of a multi-line reply are shown as one.
const LINE_END = /\r\n|\r|\n/g;

// C0, DEL, C1; soft hyphen; Arabic letter mark, zero-width and bidi controls; line separators; word joiner to deprecated
// format characters; byte order mark; interlinear annotation and non-characters; tag characters; lone surrogates.
const UNSAFE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff0-\ufffb\ufffe\uffff\u{e0000}-\u{e0fff}]|\p{Surrogate}|\p{Noncharacter_Code_Point}/gu;

/** Text in one line without any character that acts instead of showing; enough for a terminal. */
export function visible(text: string): string {
  return text.replace(LINE_END, ' ⏎ ').replace(UNSAFE, writtenOut);
}

/** Text for HTML content and for attribute values in double quotes. */
export function html(text: string): string {
  return visible(text).replace(/[&<>"']/g, (c) => HTML_ENTITIES[c] ?? c);
}

/** Text for XML 1.0 content and attribute values; characters XML cannot carry are written out. */
export function xml(text: string): string {
  return visible(text).replace(/[&<>"']/g, (c) => XML_ENTITIES[c] ?? c);
}

/**
 * Text for one line or table cell of GitHub's Markdown: no markup, link, mention, table border or HTML in it.
 * Characters that only mean something in certain places are left alone elsewhere, for those who read the source.
 */
export function markdown(text: string): string {
  return visible(text).replace(MARKDOWN_ACTIVE, (c) => `&#${c.charCodeAt(0)};`);
}

/** The same in a monospaced span, where GitHub resolves no mentions and no issue numbers either. */
export function markdownCode(text: string): string {
  return text === '' ? '' : `<code>${markdown(text)}</code>`;
}

/** A value as JSON that may stand inside a `<script>` element: it holds no `<`, `>` or `&` and no line separators. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

// Always: HTML, code, tables, emphasis, links, escapes, headings and issues, mentions, maths. Then: an underscore at the edge
// of a word, the colon of an address or an emoji, the dot of a bare address, and what makes a list at the start of a line.
const MARKDOWN_ACTIVE =
  /[&<>`|*~[\]\\#@$]|(?<![a-z0-9])_|_(?![a-z0-9])|:(?=\/|[\w+-]+:)|(?<=www)\.|(?<=^\d{1,9})[.)](?=\s|$)|^[-+=]/gi;

const HTML_ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

const XML_ENTITIES: Readonly<Record<string, string>> = { ...HTML_ENTITIES, "'": '&apos;' };

function writtenOut(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`;
  if (code <= 0xffff) return `\\u${code.toString(16).padStart(4, '0')}`;
  return `\\u{${code.toString(16)}}`;
}
