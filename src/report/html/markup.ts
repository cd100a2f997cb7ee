/**
 * Markup: HTML that cannot be forgotten to escape.
 *
 * A string put into a `markup` template is text and is escaped; only what a template made goes in as it is. Attribute
 * values must stand in double quotes. null and false leave nothing behind.
 */
import { html } from '../escape.js';

/** HTML made by a template of ours. */
export interface Markup {
  readonly markup: string;
}

export type Insert = string | number | Markup | null | false | readonly Insert[];

/** Template tag: text in, HTML out. */
export function markup(parts: TemplateStringsArray, ...inserts: readonly Insert[]): Markup {
  return { markup: parts.reduce((all, part, i) => all + insertText(inserts[i - 1] ?? null) + part) };
}

/** HTML that is known to be ours: style sheets, scripts, escaped JSON. */
export function trusted(text: string): Markup {
  return { markup: text };
}

/** Text of several lines for `<pre>`: line ends stay. */
export function preformatted(text: string): Markup {
  return { markup: text.split('\n').map(html).join('\n') };
}

function insertText(insert: Insert): string {
  if (insert === null || insert === false) return '';
  if (typeof insert === 'string') return html(insert);
  if (typeof insert === 'number') return String(insert);
  if ('markup' in insert) return insert.markup;
  return insert.map(insertText).join('');
}
