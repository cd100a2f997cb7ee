/**
 * Section: a part of report.html with its heading, and the sentence that says how to read it.
 */
import { type Insert, type Markup, markup } from './markup.js';

export interface SectionContent {
  readonly id: string;
  readonly title: Insert;
  readonly lead?: string;
  readonly body?: Insert;
}

export function section({ id, title, lead = '', body = null }: SectionContent): Markup {
  return markup`<section id="${id}" aria-labelledby="${id}-title">
<h2 id="${id}-title">${title}</h2>
${lead !== '' && markup`<p class="lead">${lead}</p>`}
${body}
</section>`;
}
